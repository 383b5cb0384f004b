package dev.tollgate.proxy;

import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * For how long a provider asks to be left alone: {@code retry-after-ms}, as OpenAI and Azure send
 * it, else {@code Retry-After}, in seconds or as a date (RFC 9110, 10.2.3).
 */
final class RetryAfter {
  private static final String MILLIS = "retry-after-ms";
  private static final int DIGITS_MAX = 9;

  private RetryAfter() {}

  /** In millis from now; 0 where it does not say, or says nonsense. */
  static long millis(HttpHeaders headers, long nowMillis) {
    long millis = number(headers.get(MILLIS));
    if (millis >= 0) {
      return millis;
    }
    String value = headers.get(HttpHeaderNames.RETRY_AFTER);
    long seconds = number(value);
    if (seconds >= 0) {
      return TimeUnit.SECONDS.toMillis(seconds);
    }
    Date date = value == null ? null : DateFormatter.parseHttpDate(value);
    return date == null ? 0 : Math.max(0, date.toInstant().toEpochMilli() - nowMillis);
  }

  /** A whole number that is not absurd; -1 for anything else. Fractions are rounded up. */
  private static long number(@Nullable String value) {
    if (value == null || value.isEmpty() || value.length() > DIGITS_MAX + 4) {
      return -1;
    }
    int point = value.indexOf('.');
    String whole = point < 0 ? value : value.substring(0, point);
    String fraction = point < 0 ? "" : value.substring(point + 1);
    if (whole.length() > DIGITS_MAX || !isDigits(whole) || whole.isEmpty() || !isDigits(fraction)) {
      return -1;
    }
    boolean isMore = fraction.chars().anyMatch(digit -> digit != '0');
    return Long.parseLong(whole) + (isMore ? 1 : 0);
  }

  private static boolean isDigits(String text) {
    return text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
  }
}
