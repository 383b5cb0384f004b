package dev.tollgate.kept;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which providers do not answer: each is left alone for a while, for twice as long each time. Not
 * for use by two threads.
 */
final class Absences {
  private static final Logger LOG = LoggerFactory.getLogger(Absences.class);
  private static final int DOUBLINGS_MAX = 20;

  private record Absence(int failures, long untilMillis) {}

  private final WatchSettings settings;
  private final Map<String, Absence> byProvider = new HashMap<>();

  Absences(WatchSettings settings) {
    this.settings = settings;
  }

  boolean isAway(String provider, long nowMillis) {
    Absence absence = byProvider.get(provider);
    return absence != null && nowMillis < absence.untilMillis();
  }

  /** Looks that were under way together count once. */
  void away(String provider, String reason, long nowMillis) {
    if (isAway(provider, nowMillis)) {
      return;
    }
    Absence before = byProvider.get(provider);
    int failures = before == null ? 1 : before.failures() + 1;
    long waitMillis =
        Math.min(
            settings.watchMillisMax(),
            settings.watchMillis() << Math.min(failures - 1, DOUBLINGS_MAX));
    byProvider.put(provider, new Absence(failures, nowMillis + waitMillis));
    if (failures == 1) {
      LOG.warn("{} does not say how far its jobs are: {}", provider, reason);
    }
  }

  void back(String provider) {
    if (byProvider.remove(provider) != null) {
      LOG.info("{} says again how far its jobs are", provider);
    }
  }
}
