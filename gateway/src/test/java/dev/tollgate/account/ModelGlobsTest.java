package dev.tollgate.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelGlobsTest {
  @ParameterizedTest
  @CsvSource({
    "llama, llama, true",
    "llama, llama-3, false",
    "llama*, llama-3, true",
    "*-3, llama-3, true",
    "*, anything, true",
    "l*a*3, llama-3, true",
    "l*z*3, llama-3, false",
    "a*a, a, false",
    "a*a, aa, true",
    "*ab*ab, ab, false",
    "gpt-?, gpt-4, false",
    "gpt.*, gpt-4, false"
  })
  void glob_matchesTheWholeName(String glob, String model, boolean isMatch) {
    assertThat(ModelGlobs.isAnyMatch(List.of("no-such-model", glob), model)).isEqualTo(isMatch);
  }

  @Test
  void noGlobs_matchEveryModel() {
    assertThat(ModelGlobs.isAnyMatch(List.of(), "llama")).isTrue();
  }
}
