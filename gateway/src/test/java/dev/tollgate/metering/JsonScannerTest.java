package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.metering.JsonPaths.Want;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerTest {
  private static final int DEPTH_MAX = 64;

  private final JsonRecorder recorder = new JsonRecorder();

  private JsonScanner scan(JsonPaths.Builder paths, String json) {
    JsonScanner scanner = new JsonScanner(paths.build(), recorder, DEPTH_MAX, 32);
    byte[] bytes = json.getBytes(UTF_8);
    scanner.scan(bytes, 0, bytes.length, 0);
    return scanner;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "\"\"",
        " {\"a\" : [ 1 , -0.5e+3, true,false,null, \"x\" ] } \r\n\t",
        "[[],{}]"
      })
  void scan_json_isDone(String json) {
    JsonScanner scanner = scan(JsonPaths.builder(), json);

    assertThat(scanner.isDone()).isTrue();
    assertThat(scanner.isMalformed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'{';true",
        "'{\"a\":1';true",
        "'{\"a\":\"b';true",
        "'[1,[2]';true",
        "'';false",
        "'{}';false",
        "'12';false",
        "'{x';false",
      })
  void scan_upToTheMiddleOfADocument_isInside(String json, boolean isInside) {
    assertThat(scan(JsonPaths.builder(), json).isInside()).isEqualTo(isInside);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "{}{}",
        "{} x",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[-]",
        "[NaN]",
        "[True]",
        "[\"\\x\"]",
        "[\"\\u12g4\"]",
        "[nulll]",
        "]",
        "}",
        "[1e+]",
        "[0x10]",
        "{\"a\" 1}",
        "[1,,2]"
      })
  void scan_notJson_isMalformed(String json) {
    assertThat(scan(JsonPaths.builder(), json).isMalformed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "{\"a", "{\"a\":[1,2", "[\"x\\", "[\"\\ud8"})
  void scan_halfADocument_isNeitherDoneNorMalformed(String json) {
    JsonScanner scanner = scan(JsonPaths.builder(), json);

    assertThat(scanner.isDone()).isFalse();
    assertThat(scanner.isMalformed()).isFalse();
  }

  @Test
  void scan_nestedDeeperThanTheBound_stops() {
    assertThat(scan(JsonPaths.builder(), "[".repeat(DEPTH_MAX) + "]".repeat(DEPTH_MAX)).isDone())
        .isTrue();

    JsonScanner scanner = scan(JsonPaths.builder(), "[".repeat(DEPTH_MAX + 1));

    assertThat(scanner.isTooDeep()).isTrue();
    assertThat(scanner.isDone()).isFalse();
  }

  @Test
  void scan_wantedPlaces_areToldWithTheirOffsets() {
    scan(
        JsonPaths.builder()
            .want("a.b[*].c", 1, Want.PLACE)
            .want("s", 2, Want.STRING)
            .want("m", 3, Want.MEMBER),
        "{\"a\":{\"b\":[{\"c\":7},{\"x\":{\"c\":1}},{\"c\":null}]},\"s\":\"\\u0041b\",\"m\":{} ,"
            + " \"z\":1}");

    assertThat(recorder.events())
        .containsExactly(
            "begin 1 NUMBER 16",
            "number 1 7 true",
            "end 1 17",
            "begin 1 NULL 38",
            "end 1 42",
            "begin 2 STRING 50",
            "string 2 Ab true",
            "end 2 59",
            "begin 3 OBJECT 64",
            "end 3 66",
            "next 3 69");
  }

  @Test
  void scan_everythingBelow_sparesPathsOfTheirOwn() {
    scan(
        JsonPaths.builder()
            .want("m.**", 1, Want.TEXT)
            .want("m[*].role", 9, Want.NOTHING)
            .want("m[*].image", 2, Want.PLACE)
            .want("m[*].image.**", 9, Want.NOTHING)
            .wantKeysToo("t", 3),
        "{\"m\":[\"a\",{\"role\":\"user\",\"x\":{\"y\":\"b\"},\"image\":{\"url\":\"no\"}}],\"o\":\"no\","
            + "\"t\":[{\"k\":12,\"l\":true}]}");

    assertThat(recorder.text()).isEqualTo("abk12ltrue");
  }

  @Test
  void scan_aStringBeyondTheBound_isCut() {
    scan(JsonPaths.builder().want("s", 1, Want.STRING), "{\"s\":\"" + "x".repeat(33) + "\"}");

    assertThat(recorder.events()).contains("string 1 " + "x".repeat(32) + " false");
  }

  @Test
  void scan_aKeyBeyondTheBound_isNotAWantedOne() {
    String key = "k".repeat(40);
    byte[] bytes = ("{\"" + key + "\":1}").getBytes(UTF_8);
    JsonPaths paths = JsonPaths.builder().want("k".repeat(32), 1, Want.PLACE).build();
    JsonScanner scanner = new JsonScanner(paths, recorder, DEPTH_MAX, 32);

    for (int i = 0; i < bytes.length; i++) {
      scanner.scan(bytes, i, i + 1, i);
    }

    assertThat(scanner.isDone()).isTrue();
    assertThat(recorder.events()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Model", "MODEL", "mode\\u004c"})
  void scan_aKeyInAnotherCase_isALookalike(String key) {
    scan(
        JsonPaths.builder().want("model", 1, Want.PLACE).guarded(),
        "{\"" + key + "\":1,\"other\":{\"Model\":2}}");

    assertThat(recorder.events()).singleElement().asString().startsWith("lookalike ");
  }

  @Test
  void scan_aKelvinSignOrALongS_isALookalike() {
    scan(
        JsonPaths.builder()
            .want("max_tokens", 1, Want.PLACE)
            .want("stream", 2, Want.PLACE)
            .guarded(),
        "{\"max_to\u212Aens\":1,\"\u017Ftream\":true}");

    assertThat(recorder.events()).hasSize(2).allMatch(event -> event.startsWith("lookalike "));
  }

  @Test
  void reset_afterGarbage_readsTheNextDocument() {
    JsonScanner scanner = scan(JsonPaths.builder().want("a", 1, Want.PLACE), "[{\"a\" x");
    scanner.reset();

    byte[] bytes = "{\"a\":5}".getBytes(UTF_8);
    scanner.scan(bytes, 0, bytes.length, 100);

    assertThat(scanner.isDone()).isTrue();
    assertThat(recorder.events())
        .containsExactly("begin 1 NUMBER 105", "number 1 5 true", "end 1 106");
  }
}
