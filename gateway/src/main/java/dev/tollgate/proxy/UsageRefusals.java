package dev.tollgate.proxy;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Who has lately refused a request because it asked a stream for its usage: by provider, endpoint
 * and model. It is not asked again for a while, and then again, since providers learn. Beyond its
 * bound the oldest is forgotten, which costs one more refused call. Confined to one event loop.
 */
final class UsageRefusals {
  static final int REMEMBERED_MAX = 1024;
  static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(10);

  private record Refuser(URI baseUrl, String path, String model) {
    private static Refuser of(Route route, String path) {
      return new Refuser(route.provider().settings().baseUrl(), path, route.model());
    }
  }

  private final LongSupplier nanoTime;
  private final SequencedMap<Refuser, Long> refusedNanos = new LinkedHashMap<>();

  UsageRefusals(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * @param path of the endpoint
   */
  void remember(Route route, String path) {
    Refuser refuser = Refuser.of(route, path);
    refusedNanos.remove(refuser); // so that it comes last
    if (refusedNanos.size() == REMEMBERED_MAX) {
      refusedNanos.pollFirstEntry();
    }
    refusedNanos.put(refuser, nanoTime.getAsLong());
  }

  /** Whether it would refuse, as far as is known. */
  boolean isRemembered(Route route, String path) {
    if (refusedNanos.isEmpty()) {
      return false;
    }
    Refuser refuser = Refuser.of(route, path);
    Long refused = refusedNanos.get(refuser);
    if (refused != null && nanoTime.getAsLong() - refused >= REMEMBERED_NANOS) {
      refusedNanos.remove(refuser);
      return false;
    }
    return refused != null;
  }

  int size() {
    return refusedNanos.size();
  }
}
