package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
  private static final long NOW = Instant.parse("2026-11-27T08:00:00Z").toEpochMilli();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "- | - | 0",
        "7 | - | 7000",
        "0 | - | 0",
        "1.2 | - | 2000",
        "Fri, 27 Nov 2026 08:00:20 GMT | - | 20000",
        "Fri, 27 Nov 2026 07:00:00 GMT | - | 0",
        "soon | - | 0",
        "-3 | - | 0",
        "99999999999999999999 | - | 0",
        "'' | - | 0",
        ". | - | 0",
        "7 | 250 | 250",
        "7 | 250.5 | 251",
        "7 | nonsense | 7000",
        "- | 250 | 250",
      })
  void providerAsksForTime_inSecondsMillisOrByADate(
      String retryAfter, String retryAfterMillis, long millis) {
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    if (retryAfter != null) {
      headers.set("Retry-After", retryAfter);
    }
    if (retryAfterMillis != null) {
      headers.set("retry-after-ms", retryAfterMillis);
    }

    assertThat(RetryAfter.millis(headers, NOW)).isEqualTo(millis);
  }
}
