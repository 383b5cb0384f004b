package dev.tollgate.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class UsageTest {
  @Test
  void inputTokens_cachedAndFresh_countTogether() {
    Usage usage =
        Usage.builder()
            .set(Meter.INPUT, 100)
            .set(Meter.CACHE_READ, 900)
            .set(Meter.CACHE_WRITE_1H, 5)
            .set(Meter.OUTPUT, 40)
            .set(Meter.REASONING, 2)
            .set(Meter.WEB_SEARCH, 7)
            .build();

    assertThat(usage.inputTokens()).isEqualTo(1005);
    assertThat(usage.outputTokens()).isEqualTo(42);
    assertThat(usage.totalTokens()).isEqualTo(1047);
    assertThat(usage)
        .hasToString(
            "{input=100, cache_read=900, cache_write_1h=5, output=40, reasoning=2, web_search=7}");
  }

  @Test
  void totalTokens_beyondLong_saturates() {
    Usage usage =
        Usage.builder().set(Meter.INPUT, Long.MAX_VALUE).set(Meter.OUTPUT, Long.MAX_VALUE).build();

    assertThat(usage.totalTokens()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void set_aNegativeCount_isRefused() {
    assertThatThrownBy(() -> Usage.of(Meter.OUTPUT, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("output");
  }

  @Test
  void toBuilder_ofAUsage_leavesItAsItWas() {
    Usage usage = Usage.of(Meter.INPUT, 1);

    usage.toBuilder().set(Meter.INPUT, 2).build();

    assertThat(usage.count(Meter.INPUT)).isEqualTo(1);
  }

  @Test
  void plus_addsMeterByMeter_andSaturates() {
    Usage usage = Usage.builder().set(Meter.INPUT, 1).set(Meter.OUTPUT, Long.MAX_VALUE).build();

    assertThat(usage.plus(Usage.builder().set(Meter.IMAGE, 2).set(Meter.OUTPUT, 3).build()))
        .isEqualTo(usage.toBuilder().set(Meter.IMAGE, 2).build());
    assertThat(usage.plus(Usage.NONE)).isEqualTo(usage);
  }
}
