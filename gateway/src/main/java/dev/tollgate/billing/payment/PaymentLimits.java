package dev.tollgate.billing.payment;

/**
 * Bounds of taking payments.
 *
 * @param connectMillisMax for a connection to the provider
 * @param readMillisMax for the provider's next bytes
 * @param retriesMax how often a call is repeated that the provider did not answer
 * @param workers threads that wait for the provider and the database
 * @param waitingMax payments and webhooks that wait for a thread; 503 beyond
 * @param requestsKeptMillis for which an Idempotency-Key is remembered
 */
public record PaymentLimits(
    int connectMillisMax,
    int readMillisMax,
    int retriesMax,
    int workers,
    int waitingMax,
    long requestsKeptMillis) {
  public static final PaymentLimits DEFAULT =
      new PaymentLimits(5_000, 10_000, 1, 4, 256, 90L * 86_400_000);
}
