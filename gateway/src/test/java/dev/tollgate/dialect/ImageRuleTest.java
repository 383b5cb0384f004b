package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples that the makers give, and the bounds in between. */
class ImageRuleTest {
  @ParameterizedTest
  @CsvSource({
    "1024, 1024, 765", // OpenAI's example
    "2048, 4096, 1105", // OpenAI's example
    "1, 1, 255",
    "512, 512, 255",
    "513, 512, 425",
    "768, 768, 765",
    "4096, 4096, 765",
    "65535, 1, 765",
    "2048, 768, 1445",
    "4000000000, 4000000000, 765"
  })
  void tiles_areCountedAsOpenAiSays(long width, long height, long tokens) {
    assertThat(ImageRule.OPENAI_TILES.tokens(width, height, false)).isEqualTo(tokens);
    assertThat(ImageRule.OPENAI_TILES.tokens(height, width, false)).isEqualTo(tokens);
    assertThat(ImageRule.OPENAI_TILES.tokens(width, height, true)).isEqualTo(85);
  }

  @ParameterizedTest
  @CsvSource({
    "200, 200, 54", // Anthropic's example
    "1000, 1000, 1334", // Anthropic's example
    "1092, 1092, 1590", // Anthropic's example
    "1, 1, 1",
    "1568, 784, 1600",
    "8000, 80, 34",
    "4000000000, 4000000000, 1600"
  })
  void area_isCountedAsAnthropicSays(long width, long height, long tokens) {
    assertThat(ImageRule.ANTHROPIC_AREA.tokens(width, height, false)).isEqualTo(tokens);
    assertThat(ImageRule.ANTHROPIC_AREA.tokens(height, width, true)).isEqualTo(tokens);
  }

  @Test
  void tokens_ofAnUnknownSize_areUnknown_butInLowDetail() {
    for (ImageRule rule : ImageRule.values()) {
      assertThat(rule.tokens(0, 0, false)).isEqualTo(ImageRule.UNKNOWN);
      assertThat(rule.tokens(0, 100, false)).isEqualTo(ImageRule.UNKNOWN);
    }
    assertThat(ImageRule.OPENAI_TILES.tokens(0, 0, true)).isEqualTo(85);
    assertThat(ImageRule.NONE.tokens(100, 100, true)).isEqualTo(ImageRule.UNKNOWN);
  }

  @Property
  void tiles_areAtMostEight_howeverLargeTheImage(
      @ForAll @IntRange(min = 1) int width, @ForAll @IntRange(min = 1) int height) {
    assertThat(ImageRule.OPENAI_TILES.tokens(width, height, false)).isBetween(255L, 1445L);
  }
}
