package dev.tollgate.upstream;

/**
 * What carries one call, whatever is spoken there: a connection of its own, or a stream among
 * others. For use on the lane's event loop.
 */
interface Carrier {
  /** Sends the call's request, and hands it the answer. */
  void send(PooledCall call);

  /** Whether the provider may send more of the answer. */
  void setReading(boolean isReading);

  /** The call is over before its answer is whole; nobody is told. */
  void discard();
}
