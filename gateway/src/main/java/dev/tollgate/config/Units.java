package dev.tollgate.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers with a unit: {@code 500ms}, {@code 5s}, {@code 64KiB}. A bare one has the least unit. */
record Units(String name, String what, Map<String, Long> factors) {
  private static final Pattern NUMBER = Pattern.compile("([0-9]{1,18}) ?([A-Za-z]{0,3})");

  static final Units MILLIS =
      new Units(
          "milliseconds",
          "a duration such as 500ms, 5s, 10m, 1h or 7d",
          Map.of("", 1L, "ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L));

  static final Units BYTES =
      new Units(
          "bytes",
          "a size such as 4096, 64KiB, 32MiB or 1GiB",
          Map.of(
              "",
              1L,
              "B",
              1L,
              "KiB",
              1L << 10,
              "MiB",
              1L << 20,
              "GiB",
              1L << 30,
              "kB",
              1000L,
              "KB",
              1000L,
              "MB",
              1_000_000L,
              "GB",
              1_000_000_000L));

  /** In the least unit; null when it is no such number or beyond a long. */
  @Nullable Long parse(String text) {
    Matcher number = NUMBER.matcher(text);
    if (!number.matches()) {
      return null;
    }
    Long factor = factors.get(number.group(2));
    long count = Long.parseLong(number.group(1));
    return factor == null || Math.multiplyHigh(count, factor) != 0 || count * factor < 0
        ? null
        : (Long) (count * factor);
  }
}
