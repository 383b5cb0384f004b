package dev.tollgate.upstream;

/**
 * Hears what a lane does towards the providers, for metrics. Called on the lane's event loop, so it
 * must be quick and must not throw; one observer may serve all lanes.
 */
public interface UpstreamObserver {
  /** Hears nothing. */
  static UpstreamObserver none() {
    return new UpstreamObserver() {};
  }

  /** A connection is ready for requests, its TLS handshake included. */
  default void onConnectionOpened(ProviderSettings provider) {}

  /** A connection that had been opened is gone, or is no longer used. */
  default void onConnectionClosed(ProviderSettings provider) {}

  /** A call has been taken on; exactly one of the three ends below follows. */
  default void onCallStarted(ProviderSettings provider) {}

  /**
   * A request is sent a second time: its kept-alive connection was dead, or the provider has said
   * that it did not look at it.
   */
  default void onCallResent(ProviderSettings provider) {}

  /**
   * @param nanos from the call's start to the answer's last byte
   */
  default void onCallEnded(ProviderSettings provider, int status, long nanos) {}

  default void onCallFailed(ProviderSettings provider, UpstreamFailure failure, long nanos) {}

  default void onCallCancelled(ProviderSettings provider, long nanos) {}
}
