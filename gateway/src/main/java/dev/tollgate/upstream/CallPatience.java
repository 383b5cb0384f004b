package dev.tollgate.upstream;

import dev.tollgate.upstream.UpstreamFailure.Stage;
import org.jspecify.annotations.Nullable;

/**
 * How long a call to one provider may take, and may wait for something to happen at each stage, and
 * in which words it fails after that: they follow the provider's name. One for all calls of a pool.
 * Immutable.
 */
final class CallPatience {
  private final int waitingMillisMax;
  private final String wayThere;

  CallPatience(ProviderSettings provider) {
    ProxyAddress proxy = provider.reach().proxy();
    this.waitingMillisMax = provider.waitingMillisMax();
    this.wayThere = proxy == null ? "" : " through its proxy " + proxy;
  }

  /**
   * @param nanos since the call was made
   * @return null while it may go on
   */
  static @Nullable String totalProblem(CallBounds bounds, long nanos) {
    return nanos >= bounds.totalMillisMax() * 1_000_000L
        ? "took longer than " + bounds.totalMillisMax() + " ms"
        : null;
  }

  /**
   * @param nanos since anything happened
   * @return null while it may go on
   */
  @Nullable String quietProblem(Stage stage, CallBounds bounds, long nanos) {
    long millisMax = quietMillisMax(stage, bounds);
    return nanos >= millisMax * 1_000_000L ? words(stage) + " within " + millisMax + " ms" : null;
  }

  private long quietMillisMax(Stage stage, CallBounds bounds) {
    return switch (stage) {
      case WAITING_FOR_CONNECTION -> waitingMillisMax;
      case CONNECTING -> bounds.connectMillisMax();
      case SENDING, AWAITING_HEAD -> bounds.firstByteMillisMax();
      case READING_BODY -> bounds.idleMillisMax();
    };
  }

  private String words(Stage stage) {
    return switch (stage) {
      case WAITING_FOR_CONNECTION -> "has had no connection free";
      case CONNECTING -> "did not accept a connection" + wayThere;
      case SENDING -> "did not take the request";
      case AWAITING_HEAD -> "did not answer";
      case READING_BODY -> "sent nothing in the middle of an answer";
    };
  }
}
