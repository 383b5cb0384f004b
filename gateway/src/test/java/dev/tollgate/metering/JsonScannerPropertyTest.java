package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.metering.JsonPaths.Want;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Random documents, cut at random, read the same as whole, and as another parser reads them. */
class JsonScannerPropertyTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final JsonPaths PLACES =
      JsonPaths.builder()
          .want("", 1, Want.PLACE)
          .want("a", 2, Want.MEMBER)
          .want("a[*]", 3, Want.TEXT)
          .want("b", 4, Want.STRING)
          .want("[*].a", 5, Want.MEMBER)
          .want("key.a", 6, Want.PLACE)
          .wantKeysToo("key.b", 7)
          .build();

  private static final JsonPaths EVERYTHING =
      JsonPaths.builder().want("", 1, Want.TEXT).wantKeysToo("", 1).build();

  @Property(tries = 2000)
  void scan_cutAnywhere_saysTheSame(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] json = new RandomJson(random).document().getBytes(UTF_8);

    JsonRecorder whole = new JsonRecorder();
    boolean isDone = scan(PLACES, whole, json, json.length + 1, random);
    JsonRecorder cut = new JsonRecorder();
    boolean isCutDone = scan(PLACES, cut, json, 1 + random.nextInt(9), random);

    assertThat(isCutDone).isEqualTo(isDone);
    assertThat(cut.events()).isEqualTo(whole.events());
  }

  @Property(tries = 1000)
  void scan_anyDocument_readsTheTextThatAnotherParserReads(@ForAll long seed) {
    Random random = new Random(seed);
    String json = new RandomJson(random).document();

    JsonRecorder recorder = new JsonRecorder();
    boolean isDone = scan(EVERYTHING, recorder, json.getBytes(UTF_8), 5, random);

    StringBuilder expected = new StringBuilder();
    flatten(MAPPER.readTree(json), expected);
    assertThat(isDone).isTrue();
    assertThat(recorder.text().replaceAll("[0-9.eE+-]", ""))
        .isEqualTo(expected.toString().replaceAll("[0-9.eE+-]", ""));
  }

  private static boolean scan(
      JsonPaths paths, JsonListener listener, byte[] json, int pieceMax, Random random) {
    JsonScanner scanner = new JsonScanner(paths, listener, 512, 1024);
    for (int at = 0; at < json.length; ) {
      int length = Math.min(1 + random.nextInt(pieceMax), json.length - at);
      length = pieceMax > json.length ? json.length - at : length;
      scanner.scan(json, at, at + length, at);
      at += length;
    }
    return scanner.isDone() && !scanner.isMalformed();
  }

  private static void flatten(JsonNode node, StringBuilder text) {
    if (node.isObject()) {
      node.forEachEntry(
          (key, value) -> {
            text.append(key);
            flatten(value, text);
          });
    } else if (node.isArray()) {
      node.forEach(element -> flatten(element, text));
    } else {
      text.append(node.asString());
      text.append(node.isNull() && node.asString().isEmpty() ? "null" : "");
    }
  }
}
