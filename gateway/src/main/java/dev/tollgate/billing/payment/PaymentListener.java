package dev.tollgate.billing.payment;

/** Hears of what the payment provider tells. Called on the threads of payments. */
@FunctionalInterface
public interface PaymentListener {
  /**
   * @param type one of those that are known here, or {@code other}
   */
  void onEvent(String type, Heard heard);
}
