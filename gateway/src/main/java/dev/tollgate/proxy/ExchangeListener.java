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

  /** Two that hear everything, this one first. */
  default ExchangeListener and(ExchangeListener other) {
    ExchangeListener first = this;
    return new ExchangeListener() {
      @Override
      public void onFinished(ExchangeSummary summary) {
        first.onFinished(summary);
        other.onFinished(summary);
      }

      @Override
      public void onPaidLater(ExchangeSummary summary) {
        first.onPaidLater(summary);
        other.onPaidLater(summary);
      }

      @Override
      public void onHeld(long heldNanoUsd) {
        first.onHeld(heldNanoUsd);
        other.onHeld(heldNanoUsd);
      }

      @Override
      public void onHoldEnded(long heldNanoUsd) {
        first.onHoldEnded(heldNanoUsd);
        other.onHoldEnded(heldNanoUsd);
      }
    };
  }
}
