package dev.tollgate.billing.payment;

/**
 * Who takes payments, and on which terms.
 *
 * @param secretKey opens the operator's account at the provider; empty where none is needed
 * @param webhookSecret what the provider signs its webhooks with; empty where none is needed
 * @param apiBase of the provider, without a trailing slash
 * @param webhookToleranceMillis how old a webhook's signature may be
 * @param savesMethods whether a checkout keeps the card or bank account for the next time
 * @param refundWindowMillis how long after a top-up what is left of it may go back
 */
public record PaymentSettings(
    Provider provider,
    String secretKey,
    String webhookSecret,
    String apiBase,
    long webhookToleranceMillis,
    boolean savesMethods,
    long refundWindowMillis) {
  public static final PaymentSettings NONE =
      new PaymentSettings(
          Provider.NONE, "", "", "https://api.stripe.com", 300_000, true, 2_592_000_000L);

  /** Who takes payments. */
  public enum Provider {
    NONE("none"),
    /** A page of our own, on which no money moves. */
    SIMULATED("simulated"),
    STRIPE("stripe");

    private final String key;

    Provider(String key) {
      this.key = key;
    }

    /** Its name in the configuration and the records. */
    public String key() {
      return key;
    }
  }

  @Override
  public String toString() {
    return "PaymentSettings[provider=" + provider + ", apiBase=" + apiBase + "]";
  }
}
