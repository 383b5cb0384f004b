package dev.tollgate.proxy;

import dev.tollgate.upstream.UpstreamFailure;

/**
 * How a try ended of which nothing has gone to the client.
 *
 * @param status of the provider's answer; 0 without one
 * @param retryAfterMillis for which the provider asked to be left alone; 0 where it did not say
 */
record Outcome(Kind kind, int status, long retryAfterMillis) {
  /** What it says of the target, and of whether the same request may be sent there again. */
  enum Kind {
    /** No connection was to be had within the bounds of this gateway. */
    CROWDED,
    /** The provider has seen nothing of the request. */
    UNREACHED,
    /** It answered with a status that another try may better. */
    REFUSED,
    /** It answered well, and then with an error, or with nothing. */
    ERROR,
    /** It broke the connection while it had the request. */
    BROKEN,
    /** It did not answer in time. It may well be working on it. */
    TIMEOUT
  }

  static Outcome ofError() {
    return new Outcome(Kind.ERROR, 200, 0);
  }

  /** Of an answer that was not whole, though nothing broke that carried it. */
  static Outcome ofCutOff() {
    return new Outcome(Kind.BROKEN, 0, 0);
  }

  static Outcome ofStatus(int status, long retryAfterMillis) {
    return new Outcome(Kind.REFUSED, status, retryAfterMillis);
  }

  static Outcome of(UpstreamFailure failure) {
    Kind kind =
        switch (failure.stage()) {
          case WAITING_FOR_CONNECTION -> Kind.CROWDED;
          case CONNECTING -> Kind.UNREACHED;
          case SENDING, AWAITING_HEAD, READING_BODY ->
              failure.isTimeout() ? Kind.TIMEOUT : Kind.BROKEN;
        };
    return new Outcome(kind, 0, 0);
  }

  /** Statuses that another try, or another provider, may better. */
  static boolean isWorthAnother(int status) {
    return status == 408 || status == 429 || status >= 500;
  }

  /** Whether it tells against the target, rather than of how much is asked of it. */
  boolean isFailure() {
    return kind != Kind.CROWDED && status != 429;
  }

  /**
   * Whether the same target may be asked again.
   *
   * @param isRepeatable whether it does no harm should the provider see the request twice
   */
  boolean isWorthTheSame(boolean isRepeatable) {
    return switch (kind) {
      case CROWDED, UNREACHED -> true;
      case REFUSED, ERROR -> isRepeatable;
      case BROKEN, TIMEOUT -> false;
    };
  }
}
