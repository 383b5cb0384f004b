package dev.tollgate.ledger;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A usage as events have it: the counts that are not zero, {@code input=1000 output=500}. */
public final class UsageText {
  private static final Meter[] METERS = Meter.values();
  private static final Map<String, Meter> METERS_BY_KEY = metersByKey();

  private UsageText() {}

  static String write(Usage usage) {
    StringBuilder text = new StringBuilder();
    for (Meter meter : METERS) {
      long count = usage.count(meter);
      if (count != 0) {
        text.append(text.isEmpty() ? "" : " ").append(meter.key()).append('=').append(count);
      }
    }
    return text.toString();
  }

  /**
   * A meter that this version does not know, of a gateway that is newer, is left out.
   *
   * @throws IllegalArgumentException when it is no such text
   */
  public static Usage read(String text) {
    Usage.Builder usage = Usage.builder();
    if (text.isEmpty()) {
      return Usage.NONE;
    }
    for (String count : text.split(" ", -1)) {
      int equals = count.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("not a count: " + count);
      }
      @Nullable Meter meter = METERS_BY_KEY.get(count.substring(0, equals));
      if (meter != null) {
        usage.set(meter, Long.parseLong(count.substring(equals + 1)));
      }
    }
    return usage.build();
  }

  private static Map<String, Meter> metersByKey() {
    Map<String, Meter> meters = new HashMap<>();
    for (Meter meter : METERS) {
      meters.put(meter.key(), meter);
    }
    return meters;
  }
}
