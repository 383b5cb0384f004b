package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What text weighs, in bytes of plain text; three of them are quoted as a token. */
class TextWeigherTest {
  private static long weight(String text) {
    TextWeigher weigher = new TextWeigher();
    add(weigher, text.getBytes(UTF_8));
    return weigher.plainBytes();
  }

  private static void add(TextWeigher weigher, byte[] bytes) {
    weigher.add(bytes, 0, bytes.length);
  }

  @Test
  void plainBytes_ofProse_areAboutItsBytes() {
    String prose = "the cat sleeps on the warm stones behind the old house ".repeat(100);

    assertThat(weight(prose)).isBetween(prose.length() * 100L / 100, prose.length() * 110L / 100);
  }

  @ParameterizedTest
  @CsvSource({
    "a, 3", // no string is less than a token
    "?, 3",
    "7, 3",
    "1234567890, 30", // a digit may be a token
    "é, 4",
    "щ, 3",
    "語, 6",
    "한, 5",
    "🙂, 10"
  })
  void plainBytes_ofWhatTokenizersCutFinely_areMore(String text, long weight) {
    assertThat(weight(text)).isEqualTo(weight);
  }

  @Test
  void plainBytes_ofIndentationAndRules_areFew() {
    assertThat(weight(" ".repeat(400))).isEqualTo(101);
    assertThat(weight("\n".repeat(400))).isLessThan(110);
    assertThat(weight("=".repeat(400))).isLessThan(110);
  }

  @Test
  void plainBytes_ofStringsApart_areNotThoseOfOneString() {
    TextWeigher weigher = new TextWeigher();
    for (int i = 0; i < 4; i++) {
      weigher.begin();
      add(weigher, "a".getBytes(UTF_8));
    }

    assertThat(weigher.plainBytes()).isEqualTo(12).isGreaterThan(weight("aaaa"));
  }

  @Property
  void plainBytes_ofAnyBytes_areTheSameHoweverTheyAreCut(
      @ForAll @Size(max = 200) byte[] bytes, @ForAll long seed) {
    TextWeigher whole = new TextWeigher();
    add(whole, bytes);
    TextWeigher cut = new TextWeigher();
    Random random = new Random(seed);
    for (int from = 0; from < bytes.length; ) {
      int to = from + random.nextInt(bytes.length - from + 1);
      cut.add(bytes, from, to);
      from = to;
    }

    assertThat(cut.plainBytes()).isEqualTo(whole.plainBytes());
  }

  /** Even bytes that are no text: whoever sends nonsense is not quoted nothing. */
  @Property
  void plainBytes_ofAnyBytes_areAtLeastAQuarterOfThem(@ForAll @Size(max = 200) byte[] bytes) {
    TextWeigher weigher = new TextWeigher();
    add(weigher, bytes);

    assertThat(weigher.plainBytes()).isGreaterThanOrEqualTo(Math.ceilDiv(bytes.length, 4));
  }
}
