package dev.tollgate.billing.payment;

import com.stripe.StripeClient;
import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.ApiException;
import com.stripe.exception.CardException;
import com.stripe.exception.InvalidRequestException;
import com.stripe.exception.StripeException;
import com.stripe.model.PaymentIntent;
import com.stripe.net.RequestOptions;
import com.stripe.param.PaymentIntentCreateParams;
import com.stripe.param.RefundCreateParams;
import com.stripe.param.RefundListParams;
import com.stripe.param.checkout.SessionCreateParams;
import dev.tollgate.domain.Blocking;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Stripe, by its own client. Our ids are its idempotency keys. */
@Blocking
final class StripeProcessor implements Processor {
  private static final int CONFLICT = 409;
  private static final int SERVER_FAULT = 500;
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final long REFUNDS_MAX = 100;

  private final StripeClient stripe;
  private final PaymentSettings settings;
  private final String returnUrl;
  private final Function<Payment, Optional<SavedMethod>> saved;

  /**
   * @param returnUrl where the customer is sent back to
   * @param saved who paid for the account before
   */
  StripeProcessor(
      PaymentSettings settings,
      PaymentLimits limits,
      String returnUrl,
      Function<Payment, Optional<SavedMethod>> saved) {
    this.stripe =
        StripeClient.builder()
            .setApiKey(settings.secretKey())
            .setApiBase(settings.apiBase())
            .setConnectTimeout(limits.connectMillisMax())
            .setReadTimeout(limits.readMillisMax())
            .setMaxNetworkRetries(limits.retriesMax())
            .build();
    this.settings = settings;
    this.returnUrl = returnUrl;
    this.saved = saved;
  }

  /** A call of Stripe. */
  private interface Call<T> {
    T of(RequestOptions options) throws StripeException;
  }

  @Override
  public Answer<Session> open(Payment payment, Payer payer) {
    SessionCreateParams.PaymentIntentData.Builder intent =
        SessionCreateParams.PaymentIntentData.builder().putAllMetadata(metadata(payment));
    SessionCreateParams.Builder session =
        SessionCreateParams.builder()
            .setMode(SessionCreateParams.Mode.PAYMENT)
            .setClientReferenceId(payment.id())
            .putAllMetadata(metadata(payment))
            .setSuccessUrl(returnUrl)
            .setCancelUrl(returnUrl)
            .addPaymentMethodType(SessionCreateParams.PaymentMethodType.CARD)
            .addPaymentMethodType(SessionCreateParams.PaymentMethodType.US_BANK_ACCOUNT)
            .addLineItem(lineItem(payment));
    Optional<SavedMethod> known = saved.apply(payment);
    if (known.isPresent()) {
      session.setCustomer(known.get().customer());
    } else if (!payer.email().isEmpty()) {
      session.setCustomerEmail(payer.email());
    }
    if (settings.savesMethods()) {
      intent.setSetupFutureUsage(
          SessionCreateParams.PaymentIntentData.SetupFutureUsage.OFF_SESSION);
      if (known.isEmpty()) {
        session.setCustomerCreation(SessionCreateParams.CustomerCreation.ALWAYS);
      }
    }
    SessionCreateParams asked = session.setPaymentIntentData(intent.build()).build();
    return answer(
        payment.id(),
        options -> {
          var opened = stripe.v1().checkout().sessions().create(asked, options);
          return new Session(opened.getId(), opened.getUrl());
        });
  }

  private static SessionCreateParams.LineItem lineItem(Payment payment) {
    return SessionCreateParams.LineItem.builder()
        .setQuantity(1L)
        .setPriceData(
            SessionCreateParams.LineItem.PriceData.builder()
                .setCurrency(CURRENCY)
                .setUnitAmount(payment.amountCents())
                .setProductData(
                    SessionCreateParams.LineItem.PriceData.ProductData.builder()
                        .setName("Prepaid credits")
                        .build())
                .build())
        .build();
  }

  private static Map<String, String> metadata(Payment payment) {
    return Map.of(PAYMENT, payment.id(), ACCOUNT, payment.account().value());
  }

  @Override
  public Answer<Charge> charge(Payment payment, SavedMethod method) {
    PaymentIntentCreateParams asked =
        PaymentIntentCreateParams.builder()
            .setAmount(payment.amountCents())
            .setCurrency(CURRENCY)
            .setCustomer(method.customer())
            .setPaymentMethod(method.method())
            .addPaymentMethodType("card")
            .addPaymentMethodType("us_bank_account")
            .setConfirm(true)
            .setOffSession(true)
            .setErrorOnRequiresAction(true)
            .putAllMetadata(metadata(payment))
            .build();
    return answer(payment.id(), options -> charged(asked, options));
  }

  /** What the bank declines, or a method that is gone, is an answer; the rest is none. */
  private Charge charged(PaymentIntentCreateParams asked, RequestOptions options)
      throws StripeException {
    try {
      PaymentIntent intent = stripe.v1().paymentIntents().create(asked, options);
      return new Charge(
          switch (intent.getStatus()) {
            case "succeeded" -> Charged.DONE;
            case "processing" -> Charged.PENDING;
            default -> Charged.DECLINED;
          },
          intent.getId());
    } catch (CardException declined) {
      PaymentIntent intent =
          declined.getStripeError() == null ? null : declined.getStripeError().getPaymentIntent();
      return new Charge(Charged.DECLINED, intent == null ? "" : orEmpty(intent.getId()));
    } catch (InvalidRequestException unusable) {
      if (isOneOf(unusable, BAD_REQUEST, NOT_FOUND)) {
        return new Charge(Charged.DECLINED, "");
      }
      throw unusable;
    }
  }

  @Override
  public Answer<RefundFacts> refund(Refund refund, Payment payment) {
    RefundCreateParams asked =
        RefundCreateParams.builder()
            .setPaymentIntent(payment.intent())
            .setAmount(refund.amountCents())
            .putMetadata(REFUND, refund.id())
            .putAllMetadata(metadata(payment))
            .build();
    return answer(refund.id(), options -> facts(stripe.v1().refunds().create(asked, options)));
  }

  @Override
  public Answer<Map<String, String>> metadataOf(String intent) {
    return answer(
        null,
        options -> {
          try {
            Map<String, String> found =
                stripe.v1().paymentIntents().retrieve(intent, options).getMetadata();
            return found == null ? Map.of() : found;
          } catch (InvalidRequestException unknown) {
            if (isOneOf(unknown, NOT_FOUND)) {
              return Map.of();
            }
            throw unknown;
          }
        });
  }

  @Override
  public Answer<List<RefundFacts>> refundsOf(String intent) {
    RefundListParams asked =
        RefundListParams.builder().setPaymentIntent(intent).setLimit(REFUNDS_MAX).build();
    return answer(
        null,
        options -> {
          List<RefundFacts> facts = new ArrayList<>();
          stripe.v1().refunds().list(asked, options).getData().forEach(it -> facts.add(facts(it)));
          return facts;
        });
  }

  private static RefundFacts facts(com.stripe.model.Refund refund) {
    Map<String, String> metadata = refund.getMetadata();
    return new RefundFacts(
        refund.getId(),
        orEmpty(refund.getStatus()),
        refund.getAmount(),
        orEmpty(refund.getCurrency()),
        orEmpty(refund.getPaymentIntent()),
        metadata == null ? Map.of() : metadata);
  }

  private <T> Answer<T> answer(@Nullable String idempotencyKey, Call<T> call) {
    RequestOptions.RequestOptionsBuilder options = RequestOptions.builder();
    if (idempotencyKey != null) {
      options.setIdempotencyKey(idempotencyKey);
    }
    try {
      return new Answer.Given<>(call.of(options.build()));
    } catch (ApiConnectionException silent) {
      return new Answer.Away<>(why(silent));
    } catch (StripeException failed) {
      boolean mayBeDone =
          failed instanceof ApiException
              || isOneOf(failed, CONFLICT)
              || (failed.getStatusCode() != null && failed.getStatusCode() >= SERVER_FAULT);
      return mayBeDone ? new Answer.Away<>(why(failed)) : new Answer.Refused<>(why(failed));
    }
  }

  private static boolean isOneOf(StripeException failed, int... statuses) {
    Integer status = failed.getStatusCode();
    for (int one : statuses) {
      if (status != null && status == one) {
        return true;
      }
    }
    return false;
  }

  /** Stripe's messages may quote a part of the key that it does not know. */
  private static String why(StripeException failed) {
    return failed.getClass().getSimpleName()
        + ", status "
        + failed.getStatusCode()
        + ", code "
        + failed.getCode()
        + ", request "
        + failed.getRequestId();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
