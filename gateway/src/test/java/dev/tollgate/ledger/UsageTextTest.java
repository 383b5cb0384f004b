package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTextTest {
  @Test
  void usage_isReadAsItWasWritten() {
    Usage.Builder all = Usage.builder();
    for (Meter meter : Meter.values()) {
      all.set(meter, Long.MAX_VALUE - meter.index());
    }

    assertThat(UsageText.read(UsageText.write(all.build()))).isEqualTo(all.build());
    assertThat(UsageText.write(Usage.NONE)).isEmpty();
    assertThat(UsageText.read("")).isEqualTo(Usage.NONE);
  }

  @Test
  void meterOfANewerVersion_isLeftOut() {
    assertThat(UsageText.read("input=3 dreams=7"))
        .isEqualTo(Usage.builder().set(Meter.INPUT, 3).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"input", "input=", "input=1.5", "input=-1", "input=1  output=2"})
  void whatIsNoUsage_isRefused(String text) {
    assertThatThrownBy(() -> UsageText.read(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
