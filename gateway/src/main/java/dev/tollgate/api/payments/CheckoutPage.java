package dev.tollgate.api.payments;

import dev.tollgate.billing.payment.Payment;
import dev.tollgate.billing.payment.SimulatedAct;
import dev.tollgate.domain.Money;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The page that stands in for a payment provider's. Nothing in it was said by a client. */
final class CheckoutPage {
  private static final String RETURN_PATH = "/dashboard/billing";

  private CheckoutPage() {}

  /**
   * @param done what was done on it just now; null for nothing
   */
  static String of(Payment payment, @Nullable SimulatedAct done) {
    StringBuilder buttons = new StringBuilder();
    acts()
        .forEach(
            (act, label) -> {
              if (act.from() == payment.status()) {
                buttons.append(
                    "<button name=\"act\" value=\"%s\">%s</button>\n".formatted(act.key(), label));
              }
            });
    String bonus =
        payment.bonusNanoUsd() == 0
            ? ""
            : " and a bonus of " + Money.dollars(payment.bonusNanoUsd());
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>SIMULATED checkout</title>
    <link rel="icon" href="data:,">
    <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 28rem; margin: 3rem auto; padding: 0 1rem }
    .mark { background: #fff3cd; border: 2px solid #b58900; padding: .5rem 1rem; font-weight: bold }
    .sum { font-size: 2rem; margin: 1rem 0 0 }
    button { font: inherit; padding: .5rem 1rem; margin: .25rem 0; width: 100%%; cursor: pointer }
    </style>
    </head>
    <body>
    <p class="mark">SIMULATED: no money moves here.</p>
    <p class="sum">%s</p>
    <p>prepaid credits%s; payment <code>%s</code></p>
    <p id="status">%s</p>
    <form method="post">
    %s</form>
    <p><a href="%s">Back to billing</a></p>
    </body>
    </html>
    """
        .formatted(
            Money.dollars(payment.amountCents() * Money.NANO_PER_CENT),
            bonus,
            payment.id(),
            sentence(payment, done),
            buttons,
            RETURN_PATH);
  }

  private static Map<SimulatedAct, String> acts() {
    Map<SimulatedAct, String> acts = new LinkedHashMap<>();
    acts.put(SimulatedAct.PAY, "Pay by card");
    acts.put(SimulatedAct.BANK, "Pay by bank: it settles later");
    acts.put(SimulatedAct.DECLINE, "A card that is declined");
    acts.put(SimulatedAct.CANCEL, "Cancel");
    acts.put(SimulatedAct.SETTLE, "The bank pays");
    acts.put(SimulatedAct.BOUNCE, "The bank does not pay");
    return acts;
  }

  private static String sentence(Payment payment, @Nullable SimulatedAct done) {
    return switch (payment.status()) {
      case OPEN ->
          done == SimulatedAct.DECLINE
              ? "The card was declined. Nothing was paid."
              : done == SimulatedAct.CANCEL
                  ? "Cancelled. Nothing was paid."
                  : "How do you want to pay?";
      case PENDING -> "Paid by bank. It is credited when the bank has paid.";
      case EXPIRED -> "This page is too old. Nothing was paid.";
      case FAILED -> "The payment failed. Nothing was credited.";
      case PAID -> "Paid, and credited.";
    };
  }
}
