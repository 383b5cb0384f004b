package dev.tollgate.ledger;

/**
 * A command that has been sent to a server, as that server's queue sees it. Confined to the loop.
 */
abstract class ExpectedAnswer {
  private long sentNanos;
  private boolean isAnswered;
  private boolean isGivenUp;

  final void sent(long nowNanos) {
    sentNanos = nowNanos;
  }

  final long ageNanos(long nowNanos) {
    return nowNanos - sentNanos;
  }

  final void answered() {
    isAnswered = true;
  }

  final boolean isAnswered() {
    return isAnswered;
  }

  /**
   * @return whether nobody had given it up before
   */
  final boolean markGivenUp() {
    boolean isFirst = !isGivenUp;
    isGivenUp = true;
    return isFirst;
  }

  final boolean isGivenUp() {
    return isGivenUp;
  }

  /** Tells whoever waits that there was no answer in time. */
  abstract void giveUp();
}
