package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import dev.tollgate.testing.LogWatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EstimateLogTest {
  private final AtomicLong nanos = new AtomicLong();
  private final EstimateLog estimates = new EstimateLog(nanos::get);

  private static ExchangeSummary summary(int number, String estimated) {
    return new ExchangeSummary(
        new RequestId("req_" + number),
        "/v1/chat/completions",
        "llama",
        "acme",
        200,
        false,
        Usage.of(Meter.OUTPUT, 7),
        1_500,
        estimated,
        3,
        2,
        1,
        1);
  }

  @Test
  void estimate_isOneLineWithWhatOperatorsNeed() {
    try (LogWatch log = LogWatch.of(EstimateLog.class)) {
      estimates.onFinished(summary(1, "missing_usage"));

      assertThat(log.messages())
          .containsExactly(
              "usage estimated request=req_1 reason=missing_usage route=/v1/chat/completions"
                  + " model=llama provider=acme status=200 cost_usd=0.0000015 usage={output=7}"
                  + " left_out=0");
    }
  }

  @Test
  void reportedUsage_isNotLogged() {
    try (LogWatch log = LogWatch.of(EstimateLog.class)) {
      estimates.onFinished(summary(1, ""));

      assertThat(log.messages()).isEmpty();
    }
  }

  @Test
  void manyEstimates_areTenLinesASecond_andTheNextSaysHowManyAreMissing() {
    try (LogWatch log = LogWatch.of(EstimateLog.class)) {
      for (int i = 1; i <= 35; i++) {
        estimates.onFinished(summary(i, "missing_usage"));
      }
      nanos.addAndGet(999_999_999);
      estimates.onFinished(summary(36, "missing_usage"));
      assertThat(log.messages()).hasSize(10);

      nanos.incrementAndGet();
      estimates.onFinished(summary(37, "missing_usage"));
      estimates.onFinished(summary(38, "missing_usage"));

      assertThat(log.messages()).hasSize(12);
      assertThat(log.messages().get(10)).contains("request=req_37").endsWith("left_out=26");
      assertThat(log.messages().get(11)).endsWith("left_out=0");
    }
  }
}
