package dev.tollgate.api.customer;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Spelling;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.pricing.FundsPackage;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.TopUpRates;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/billing/packages} and {@code /v1/billing/plans}: what the rate card offers at the
 * moment. One per lane.
 */
public final class OfferDoor {
  private static final int PPM_DECIMALS = 6;

  private final CustomerAccess access;
  private final Supplier<RateCard> card;

  public OfferDoor(CustomerAccess access, Supplier<RateCard> card) {
    this.access = access;
    this.card = card;
  }

  public CompletionStage<Reply> packages(ServerRequest request, Query query, byte[] body) {
    return access.answer(
        request,
        granted -> {
          RateCard current = card.get();
          Map<String, Object> document = new LinkedHashMap<>();
          document.put("data", current.packages().stream().map(OfferDoor::document).toList());
          document.put("topup", document(current.topUp()));
          return document;
        });
  }

  private static Map<String, ?> document(FundsPackage offered) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("pay_cents", Money.ceilCents(offered.payNanoUsd()));
    document.put("balance_cents", Money.floorCents(offered.balanceNanoUsd()));
    document.put("pay_usd", Money.decimal(offered.payNanoUsd()));
    document.put("balance_usd", Money.decimal(offered.balanceNanoUsd()));
    document.put("bonus_usd", Money.decimal(offered.bonusNanoUsd()));
    document.put("bonus_percent", decimal(offered.bonusPpm(), PPM_DECIMALS - 2));
    return document;
  }

  private static Map<String, ?> document(TopUpRates rates) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("min_usd", Money.decimal(rates.minNanoUsd()));
    document.put("max_usd", Money.decimal(rates.maxNanoUsd()));
    document.put("presets_usd", rates.presetsNanoUsd().stream().map(Money::decimal).toList());
    return document;
  }

  public CompletionStage<Reply> plans(ServerRequest request, Query query, byte[] body) {
    return access.answer(
        request,
        granted ->
            Map.of("data", card.get().plans().values().stream().map(OfferDoor::document).toList()));
  }

  private static Map<String, @Nullable Object> document(Plan plan) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", plan.id());
    document.put("name", plan.name());
    document.put("funding", Spelling.of(plan.funding()));
    Long fee = plan.monthlyFeeNanoUsd();
    document.put("monthly_fee_usd", fee == null ? null : Money.decimal(fee));
    document.put("rpm", plan.requestsPerMinute());
    document.put("allowances", allowances(plan));
    Map<String, Object> limits = new LinkedHashMap<>();
    for (Budget limit : plan.limits()) {
      limits.put(limit.name(), Money.decimal(limit.limit()));
    }
    document.put("limits_usd", limits);
    document.put("price_multiplier", decimal(plan.priceMultiplierPpm(), PPM_DECIMALS));
    return document;
  }

  /** In the order of their names. */
  static Map<String, Object> allowances(Plan plan) {
    Map<String, Object> allowances = new TreeMap<>();
    plan.allowances()
        .forEach(
            (name, count) -> allowances.put(name, count == Plan.UNLIMITED ? "unlimited" : count));
    return allowances;
  }

  private static BigDecimal decimal(long unscaled, int decimals) {
    BigDecimal exact = BigDecimal.valueOf(unscaled, decimals).stripTrailingZeros();
    return exact.scale() < 0 ? exact.setScale(0) : exact;
  }
}
