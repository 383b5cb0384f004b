package dev.tollgate.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Whether anybody is there at the other end of a {@link ProviderStreams}: where nothing has come
 * for a while, a PING asks. For use on the connection's event loop only.
 */
final class ProviderWatch {
  private final ProviderOutput output;
  private final StreamBounds bounds;
  private boolean hasHeard = true;
  private long heardNanos;
  private boolean isAsked;
  private long askedNanos;

  ProviderWatch(ProviderOutput output, StreamBounds bounds) {
    this.output = output;
    this.bounds = bounds;
  }

  /** Something has come, or from now on its absence counts. */
  void hears() {
    hasHeard = true;
  }

  /**
   * Asks if it is time to.
   *
   * @param matters whether anybody wants to know
   * @return what is wrong, to follow the provider's name; null while nothing is
   */
  @Nullable String problem(long now, boolean matters) {
    if (hasHeard) {
      hasHeard = false;
      isAsked = false;
      heardNanos = now;
    }
    if (isAsked) {
      if (now - askedNanos >= bounds.pingMillisMax() * 1_000_000L) {
        return "did not answer a ping within " + bounds.pingMillisMax() + " ms";
      }
    } else if (matters && now - heardNanos >= bounds.quietMillisMax() * 1_000_000L) {
      isAsked = true;
      askedNanos = now;
      output.ping();
    }
    return null;
  }
}
