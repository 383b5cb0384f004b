package dev.tollgate.billing.payment;

import dev.tollgate.domain.Blocking;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** No payment provider at all: every answer follows from our own ids, and no money moves. */
@Blocking
final class SimulatedProcessor implements Processor {
  static final String PAGE = "/simulated/checkout/";

  private final Supplier<String> origin;

  /**
   * @param origin what customers reach this gateway as
   */
  SimulatedProcessor(Supplier<String> origin) {
    this.origin = origin;
  }

  @Override
  public Answer<Session> open(Payment payment, Payer payer) {
    String session = "cs_simulated_" + rest(payment.id());
    return new Answer.Given<>(new Session(session, origin.get() + PAGE + session));
  }

  @Override
  public Answer<Charge> charge(Payment payment, SavedMethod method) {
    return new Answer.Given<>(new Charge(Charged.DONE, intentOf(payment)));
  }

  static String intentOf(Payment payment) {
    return "pi_simulated_" + rest(payment.id());
  }

  @Override
  public Answer<RefundFacts> refund(Refund refund, Payment payment) {
    return new Answer.Given<>(
        new RefundFacts(
            "re_simulated_" + rest(refund.id()),
            "succeeded",
            refund.amountCents(),
            CURRENCY,
            payment.intent(),
            Map.of(REFUND, refund.id())));
  }

  @Override
  public Answer<Map<String, String>> metadataOf(String intent) {
    return new Answer.Given<>(Map.of());
  }

  @Override
  public Answer<List<RefundFacts>> refundsOf(String intent) {
    return new Answer.Given<>(List.of());
  }

  private static String rest(String id) {
    return id.substring(id.indexOf('_') + 1);
  }
}
