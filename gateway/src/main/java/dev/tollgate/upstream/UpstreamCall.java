package dev.tollgate.upstream;

/** A call under way; for use on the lane's event loop only. */
public interface UpstreamCall {
  /**
   * Stops reading from the provider: its TCP window closes once the kernel's buffer is full. What
   * has been read by then is still handed over, one read's worth at most; only if the provider
   * closes the connection meanwhile, what the kernel holds of it comes too. Time bounds within the
   * answer stand still, but for the total.
   */
  void pause();

  /** Reads on, after {@link #pause()}. */
  void resume();

  /** Ends the call and closes its connection; the listener hears nothing more. Idempotent. */
  void cancel();
}
