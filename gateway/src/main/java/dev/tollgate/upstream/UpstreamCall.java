package dev.tollgate.upstream;

/** A call under way; for use on the lane's event loop only. */
public interface UpstreamCall {
  /**
   * Stops reading from the provider: over HTTP/1.1 its TCP window closes once the kernel's buffer
   * is full, over HTTP/2 the window of this answer alone. What has been read by then is still
   * handed over, one read's worth or one window's at most; only if the provider closes the
   * connection meanwhile, what the kernel holds of it comes too. Time bounds within the answer
   * stand still, but for the total.
   */
  void pause();

  /** Reads on, after {@link #pause()}. */
  void resume();

  /**
   * Ends the call, and its connection or its stream on one; the listener hears nothing more.
   * Idempotent.
   */
  void cancel();
}
