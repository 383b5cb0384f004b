package dev.tollgate.proxy;

/** Hears what the engine announces. Called on event loops: it must be quick and never throw. */
public interface ExchangeListener {
  ExchangeListener NONE = new ExchangeListener() {};

  /** A purchase has ended, charged or not. */
  default void onFinished(ExchangeSummary summary) {}

  /** A hold was set aside, of so many nano-USD. */
  default void onHeld(long heldNanoUsd) {}

  /** Something has been paid for that an earlier purchase had brought about. */
  default void onPaidLater(ExchangeSummary summary) {}

  /** A hold is over. */
  default void onHoldEnded(long heldNanoUsd) {}
}
