package dev.tollgate.billing.payment;

import dev.tollgate.domain.Money;
import dev.tollgate.domain.Spelling;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** The answers that are kept. */
final class Documents {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private Documents() {}

  static Document topUp(Processor.Session session) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("checkout_url", session.url());
    data.put("session_id", session.id());
    return document(200, Map.of("data", data));
  }

  /**
   * @param reason why the saved method was not charged
   */
  static Document checkoutInstead(Payment payment, Processor.Session session, String reason) {
    Map<String, Object> answer = of(payment);
    answer.put("checkout_url", session.url());
    answer.put("session_id", session.id());
    answer.put("reason", reason);
    return document(202, answer);
  }

  static Document pending(Payment payment) {
    Map<String, Object> answer = of(payment);
    answer.put("reason", "pending");
    return document(202, answer);
  }

  static Document charged(Payment payment, long balanceNanoUsd) {
    Map<String, Object> answer = of(payment);
    answer.put("balance_cents", Money.floorCents(balanceNanoUsd));
    return document(200, answer);
  }

  private static Map<String, Object> of(Payment payment) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("payment_id", payment.id());
    answer.put("amount_cents", payment.amountCents());
    answer.put("bonus_cents", Money.floorCents(payment.bonusNanoUsd()));
    return answer;
  }

  static Document refunded(Refund refund) {
    return document(200, of(refund));
  }

  /** A refund or a dispute, for operators. */
  static Map<String, ?> of(Refund refund) {
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("id", refund.id());
    answer.put("payment_id", refund.payment());
    answer.put("kind", Spelling.of(refund.kind()));
    answer.put("status", Spelling.of(refund.status()));
    answer.put("amount_cents", refund.amountCents());
    answer.put("bonus_usd", Money.decimal(refund.bonusNanoUsd()));
    answer.put("provider_id", refund.providerId().isEmpty() ? null : refund.providerId());
    return answer;
  }

  private static Document document(int status, Map<String, ?> answer) {
    return new Document(status, JSON.writeValueAsString(answer));
  }
}
