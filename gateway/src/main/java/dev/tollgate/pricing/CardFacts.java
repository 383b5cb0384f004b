package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.pricing.CardFact.Unit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All that a card says, one by one and in order. Two cards that say the same are equal, whichever
 * way their files are written. For one card, one use.
 */
public final class CardFacts {
  private static final Meter[] METERS = Meter.values();

  private final List<CardFact> facts = new ArrayList<>();
  private final Map<String, Integer> seen = new HashMap<>();
  private String section = "";
  private String name = "";

  private CardFacts() {}

  public static List<CardFact> of(RateCard card) {
    CardFacts facts = new CardFacts();
    card.models().values().forEach(facts::model);
    card.routes().forEach(facts::route);
    card.aliases().forEach(facts::alias);
    card.trainingNanoUsd().forEach(facts::training);
    card.packages().forEach(facts::fundsPackage);
    facts.topUp(card.topUp());
    card.plans().values().forEach(facts::plan);
    facts.begin("credit", "");
    facts.usd("usd", card.creditNanoUsd());
    return List.copyOf(facts.facts);
  }

  /** What a card says of one model. */
  public static List<CardFact> of(ModelRates model) {
    CardFacts facts = new CardFacts();
    facts.model(model);
    return List.copyOf(facts.facts);
  }

  private static String target(Target target) {
    String text = target.provider() + ": " + target.model();
    Target.Bounds bounds = target.bounds();
    return text
        + number(" weight ", target.weight())
        + number(" connect ms ", bounds.connectMillisMax())
        + number(" first byte ms ", bounds.firstByteMillisMax())
        + number(" idle ms ", bounds.idleMillisMax())
        + number(" total ms ", bounds.totalMillisMax());
  }

  private static String number(String what, long number) {
    return number == 0 ? "" : what + number;
  }

  private void model(ModelRates model) {
    begin("models", model.name());
    text(
        "targets",
        model.targets().stream().map(CardFacts::target).collect(Collectors.joining(", ")));
    prices("prices.", model.prices(), Meter.Kind.TOKEN);
    prices("fees.", model.prices(), Meter.Kind.FEE);
    for (Tier tier : model.tiers()) {
      String key = "tiers." + tier.aboveInputTokens();
      if (tier.prices().equals(Prices.NONE)) {
        text(key, "as without it"); // it still keeps a lower tier from holding
      }
      prices(key + ".", tier.prices(), Meter.Kind.TOKEN);
      serviceTiers(key + ".service_tiers.", tier.serviceTiers());
    }
    serviceTiers("service_tiers.", model.serviceTiers());
    tokens("max_output_tokens", model.maxOutputTokens());
    tokens("context_tokens", model.contextTokens());
    ratios(model.ratios());
  }

  private void ratios(QuoteRatios ratios) {
    if (ratios.textBytesPerToken() != QuoteRatios.AS_SETTINGS) {
      add("text_bytes_per_token", Unit.COUNT, Integer.toString(ratios.textBytesPerToken()));
    }
    if (ratios.imageTokensPercent() != QuoteRatios.NONE.imageTokensPercent()) {
      add("image_tokens_percent", Unit.PERCENT, Integer.toString(ratios.imageTokensPercent()));
    }
  }

  private void serviceTiers(String key, Map<String, Prices> serviceTiers) {
    new TreeMap<>(serviceTiers)
        .forEach((tier, prices) -> prices(key + tier + ".", prices, Meter.Kind.TOKEN));
  }

  private void prices(String key, Prices prices, Meter.Kind kind) {
    Unit unit = kind == Meter.Kind.TOKEN ? Unit.USD_PER_MILLION : Unit.USD;
    for (Meter meter : METERS) {
      if (meter.kind() == kind && prices.isNamed(meter)) {
        add(key + meter.key(), unit, Money.usd(prices.named(meter)));
      }
    }
  }

  private void tokens(String key, long tokens) {
    if (tokens != ModelRates.UNBOUNDED) {
      add(key, Unit.TOKENS, Long.toString(tokens));
    }
  }

  private void route(PlainRoute route) {
    begin("routes", route.method() + " " + route.pattern());
    text("provider", route.provider());
    prices("fees.", route.fees(), Meter.Kind.FEE);
  }

  private void alias(String name, String model) {
    begin("aliases", name);
    text("model", model);
  }

  private void training(String model, Long nanoUsd) {
    begin("training", model);
    add("per_mtok_epoch", Unit.USD_PER_MILLION, Money.usd(nanoUsd));
  }

  private void fundsPackage(FundsPackage funds) {
    begin("packages", "pay " + Money.usd(funds.payNanoUsd()));
    add("bonus_percent", Unit.PERCENT, decimal(funds.bonusPpm(), 4));
  }

  private void topUp(TopUpRates topUp) {
    begin("topup", "");
    usd("min", topUp.minNanoUsd());
    usd("max", topUp.maxNanoUsd());
    if (!topUp.presetsNanoUsd().isEmpty()) {
      text(
          "presets",
          topUp.presetsNanoUsd().stream().map(Money::usd).collect(Collectors.joining(", ")));
    }
  }

  private void plan(Plan plan) {
    begin("plans", plan.id());
    text("name", plan.name());
    text("funding", plan.funding() == Plan.Funding.WALLET ? "wallet" : "subscription");
    Long fee = plan.monthlyFeeNanoUsd();
    if (fee != null) {
      usd("monthly_fee", fee);
    }
    Long requests = plan.requestsPerMinute();
    if (requests != null) {
      add("rpm", Unit.COUNT, Long.toString(requests));
    }
    new TreeMap<>(plan.allowances())
        .forEach(
            (allowance, count) -> {
              boolean isUnlimited = count == Plan.UNLIMITED;
              add(
                  "allowances." + allowance,
                  isUnlimited ? Unit.TEXT : Unit.COUNT,
                  isUnlimited ? "unlimited" : Long.toString(count));
            });
    plan.limits().forEach(limit -> usd("limits_usd." + limit.name(), limit.limit()));
    add("price_multiplier", Unit.FACTOR, decimal(plan.priceMultiplierPpm(), 6));
  }

  /** Where a list names the same thing twice, the second is told from the first. */
  private void begin(String section, String name) {
    int count = seen.merge(section + '\n' + name, 1, Integer::sum);
    this.section = section;
    this.name = count == 1 ? name : name + " #" + count;
  }

  private void usd(String key, long nanoUsd) {
    add(key, Unit.USD, Money.usd(nanoUsd));
  }

  private void text(String key, String text) {
    add(key, Unit.TEXT, text);
  }

  private void add(String key, Unit unit, String value) {
    facts.add(new CardFact(section, name, key, unit, value));
  }

  private static String decimal(long unscaled, int scale) {
    BigDecimal exact = BigDecimal.valueOf(unscaled, scale);
    return exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
  }
}
