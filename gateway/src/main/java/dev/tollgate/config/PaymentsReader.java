package dev.tollgate.config;

import dev.tollgate.billing.payment.PaymentLimits;
import dev.tollgate.billing.payment.PaymentSettings;
import java.net.URI;
import java.util.Arrays;
import java.util.List;

/** Reads who takes payments, and the bounds of that. */
final class PaymentsReader {
  private static final long SECOND_MILLIS = 1_000;

  private PaymentsReader() {}

  /**
   * @param hasPublicUrl whether a payment provider can be told where to send customers back to
   */
  static PaymentSettings payments(Section payments, boolean hasPublicUrl) {
    PaymentSettings fallback = PaymentSettings.NONE;
    PaymentSettings.Provider provider =
        payments.read("provider", PaymentSettings.Provider.NONE, PaymentsReader::provider);
    if (provider == PaymentSettings.Provider.STRIPE) {
      payments.require("secret_key", "webhook_secret");
      if (!hasPublicUrl) {
        payments.fault("stripe needs public_url: customers are sent back there");
      }
    }
    return new PaymentSettings(
        provider,
        payments.read("secret_key", "", value -> secret(value, provider)),
        payments.read("webhook_secret", "", value -> secret(value, provider)),
        payments.read("api_base", fallback.apiBase(), PaymentsReader::url),
        payments.read(
            "webhook_tolerance_millis",
            fallback.webhookToleranceMillis(),
            value ->
                value.millis(fallback.webhookToleranceMillis(), SECOND_MILLIS, Long.MAX_VALUE)),
        payments.flag("saves_methods", fallback.savesMethods()),
        payments.millis("refund_window_millis", fallback.refundWindowMillis()));
  }

  private static PaymentSettings.Provider provider(Value value) {
    List<String> words =
        Arrays.stream(PaymentSettings.Provider.values())
            .map(PaymentSettings.Provider::key)
            .toList();
    String word = value.choice(PaymentSettings.Provider.NONE.key(), words, List.of());
    return Arrays.stream(PaymentSettings.Provider.values())
        .filter(provider -> provider.key().equals(word))
        .findFirst()
        .orElse(PaymentSettings.Provider.NONE);
  }

  private static String secret(Value value, PaymentSettings.Provider provider) {
    String secret = value.secret();
    if (provider == PaymentSettings.Provider.STRIPE
        && value.node() instanceof Node.Scalar scalar
        && scalar.value().isEmpty()) {
      value.fault("must not be empty");
    }
    return secret;
  }

  private static String url(Value value) {
    URI url = ProviderReader.plainUrl(value);
    return url == null ? PaymentSettings.NONE.apiBase() : url.toString();
  }

  static PaymentLimits limits(Section payments) {
    PaymentLimits fallback = PaymentLimits.DEFAULT;
    return new PaymentLimits(
        payments.millis("connect_millis_max", fallback.connectMillisMax()),
        payments.millis("read_millis_max", fallback.readMillisMax()),
        payments.integer("retries_max", fallback.retriesMax(), 0, 10),
        payments.integer("workers", fallback.workers(), 1, 64),
        payments.integer("waiting_max", fallback.waitingMax(), 1, 100_000),
        payments.millis("requests_kept_millis", fallback.requestsKeptMillis()));
  }
}
