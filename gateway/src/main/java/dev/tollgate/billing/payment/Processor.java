package dev.tollgate.billing.payment;

import dev.tollgate.domain.Blocking;
import java.util.List;
import java.util.Map;

/** A payment provider. What is asked twice under the same id is done once. Thread-safe. */
@Blocking
interface Processor {
  /** The currency of everything. */
  String CURRENCY = "usd";

  /** What carries our ids through the provider and back. */
  String PAYMENT = "payment";

  String ACCOUNT = "account";
  String REFUND = "refund";

  /** A page on which the customer pays. */
  record Session(String id, String url) {}

  /**
   * What an account may be charged with again.
   *
   * @param customer the provider's id of who owns it
   */
  record SavedMethod(String customer, String method) {}

  /** How a charge went. */
  enum Charged {
    DONE,
    /** The bank will say. */
    PENDING,
    /** By the bank; or it is not usable any more, or wants the customer to be there. */
    DECLINED
  }

  /**
   * A charge.
   *
   * @param intent the provider's id of it; empty where there is none
   */
  record Charge(Charged outcome, String intent) {}

  /**
   * A refund as the provider has it.
   *
   * @param intent of what it was paid with; empty where it says none
   */
  record RefundFacts(
      String id,
      String status,
      long amountCents,
      String currency,
      String intent,
      Map<String, String> metadata) {}

  Answer<Session> open(Payment payment, Payer payer);

  /** Charges a saved method, without the customer. */
  Answer<Charge> charge(Payment payment, SavedMethod method);

  Answer<RefundFacts> refund(Refund refund, Payment payment);

  /** What we wrote on a charge; empty where it is not ours. */
  Answer<Map<String, String>> metadataOf(String intent);

  Answer<List<RefundFacts>> refundsOf(String intent);
}
