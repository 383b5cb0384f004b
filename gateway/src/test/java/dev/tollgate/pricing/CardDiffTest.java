package dev.tollgate.pricing;

import static dev.tollgate.pricing.CostTest.prices;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Period;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CardDiffTest {
  private static final Target TARGET = new Target("acme", "m");

  private static RateCard card(ModelRates... models) {
    Map<String, ModelRates> named = new LinkedHashMap<>();
    for (ModelRates model : models) {
      named.put(model.name(), model);
    }
    return new RateCard(
        named,
        List.of(),
        Map.of(),
        List.of(),
        new TopUpRates(usd("5"), usd("10000"), List.of()),
        Map.of(),
        usd("0.02"));
  }

  private static long usd(String usd) {
    return Money.parseUsd(usd);
  }

  private static ModelRates model(Prices prices) {
    return ModelRates.of("m", TARGET, prices);
  }

  private static List<String> diff(RateCard oldCard, RateCard newCard) {
    return CardDiff.between(oldCard, newCard).stream()
        .map(
            difference ->
                difference.section()
                    + " "
                    + difference.name()
                    + " "
                    + difference.key()
                    + ": "
                    + difference.oldValue()
                    + " -> "
                    + difference.newValue()
                    + percent(difference.percent()))
        .toList();
  }

  private static String percent(@Nullable BigDecimal percent) {
    return percent == null ? "" : " " + percent + "%";
  }

  @Test
  void cards_thatSayTheSame_doNotDiffer() {
    ModelRates one = ModelRates.of("one", TARGET, prices("input", "0.20"));
    ModelRates two = ModelRates.of("two", TARGET, prices("input", "1e-9"));

    assertThat(diff(card(one, two), card(two, one))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "3, 2.5, -16.67",
    "1, 1.000000001, 0.00",
    "2, 3, 50.00",
    "0.3, 0, -100.00",
    "0.0028, 600, 21428471.43",
    "8, 8.0001, 0.00", // 0.00125, to the even 0.00
    "8, 8.0012, 0.02", // 0.015, to the even 0.02
    "0, 3, "
  })
  void price_thatChanges_saysByHowMuch(String old, String changed, @Nullable String percent) {
    assertThat(diff(card(model(prices("input", old))), card(model(prices("input", changed)))))
        .containsExactly(
            "models m prices.input: "
                + old
                + " -> "
                + changed
                + (percent == null ? "" : " " + percent + "%"));
  }

  @Test
  void priceOfItsOwn_thatGoes_leavesTheOneThatStandsIn() {
    RateCard with = card(model(prices("input", "3", "output", "15", "cache_read", "0.3")));
    RateCard without = card(model(prices("input", "3", "output", "15")));

    CardDifference gone = CardDiff.between(with, without).getFirst();
    assertThat(gone.change()).isEqualTo(CardDifference.Change.REMOVED);
    assertThat(gone.standIn()).isEqualTo("3");
    assertThat(gone.percent()).isEqualByComparingTo("900");

    CardDifference added = CardDiff.between(without, with).getFirst();
    assertThat(added.change()).isEqualTo(CardDifference.Change.ADDED);
    assertThat(added.standIn()).isEqualTo("3");
    assertThat(added.percent()).isEqualByComparingTo("-90");
  }

  @Test
  void priceWithoutAStandIn_isOnlyThereOrNot() {
    CardDifference added =
        CardDiff.between(card(model(Prices.NONE)), card(model(prices("output", "2")))).getFirst();

    assertThat(added.standIn()).isNull();
    assertThat(added.percent()).isNull();
  }

  @Test
  void model_thatComesOrGoes_isThatWithAllItSays() {
    ModelRates old = ModelRates.of("old", TARGET, prices("input", "1", "request", "0.01"));
    ModelRates other = ModelRates.of("new", new Target("b", "x"), prices("output", "2"));

    assertThat(diff(card(old), card(other)))
        .containsExactly(
            "models old targets: acme: m -> null",
            "models old prices.input: 1 -> null",
            "models old fees.request: 0.01 -> null",
            "models new targets: null -> b: x",
            "models new prices.output: null -> 2");
  }

  @Test
  void everythingOfAModel_isCompared() {
    ModelRates before =
        new ModelRates(
            "m",
            List.of(TARGET),
            prices("input", "1", "image", "0.04"),
            List.of(
                new Tier(1000, prices("input", "2"), Map.of("flex", prices("input", "1.5"))),
                new Tier(2000, Prices.NONE)),
            Map.of("flex", prices("input", "0.5")),
            100,
            ModelRates.UNBOUNDED);
    ModelRates after =
        new ModelRates(
            "m",
            List.of(TARGET, new Target("other", "m2")),
            prices("input", "1", "image", "0.05"),
            List.of(
                new Tier(1000, prices("input", "2"), Map.of("flex", prices("input", "1.6"))),
                new Tier(3000, prices("input", "3"))),
            Map.of("flex", prices("input", "0.6")),
            200,
            500);

    assertThat(diff(card(before), card(after)))
        .containsExactly(
            "models m targets: acme: m -> acme: m, other: m2",
            "models m fees.image: 0.04 -> 0.05 25.00%",
            "models m tiers.1000.service_tiers.flex.input: 1.5 -> 1.6 6.67%",
            "models m tiers.2000: as without it -> null",
            "models m service_tiers.flex.input: 0.5 -> 0.6 20.00%",
            "models m max_output_tokens: 100 -> 200 100.00%",
            "models m tiers.3000.input: null -> 3",
            "models m context_tokens: null -> 500");
  }

  @Test
  void everythingElseOnTheCard_isCompared() {
    RateCard before =
        new RateCard(
            Map.of(),
            List.of(new PlainRoute("GET", "/a/**", "feed", prices("request", "0.02"))),
            Map.of("qwen", usd("0.45")),
            List.of(new FundsPackage(usd("50"), 50_000), new FundsPackage(usd("50"), 60_000)),
            new TopUpRates(usd("5"), usd("10000"), List.of(usd("10"), usd("25"))),
            Map.of("pro", plan(usd("29"), 600L, Map.of("seats", 5L), "5", 1_000_000)),
            usd("0.02"));
    RateCard after =
        new RateCard(
            Map.of(),
            List.of(new PlainRoute("GET", "/a/**", "feed", prices("request", "0.03"))),
            Map.of("qwen", usd("0.5"), "phi", usd("0.7")),
            List.of(new FundsPackage(usd("50"), 50_000), new FundsPackage(usd("50"), 75_000)),
            new TopUpRates(usd("5"), usd("5000"), List.of(usd("10"))),
            Map.of("pro", plan(null, 700L, Map.of("seats", Plan.UNLIMITED), "6", 900_000)),
            usd("0.025"));

    assertThat(diff(before, after))
        .containsExactly(
            "routes GET /a/** fees.request: 0.02 -> 0.03 50.00%",
            "training qwen per_mtok_epoch: 0.45 -> 0.5 11.11%",
            "training phi per_mtok_epoch: null -> 0.7",
            "packages pay 50 #2 bonus_percent: 6 -> 7.5 25.00%",
            "topup  max: 10000 -> 5000 -50.00%",
            "topup  presets: 10, 25 -> 10",
            "plans pro monthly_fee: 29 -> null",
            "plans pro rpm: 600 -> 700 16.67%",
            "plans pro allowances.seats: 5 -> unlimited",
            "plans pro limits_usd.1d: 5 -> 6 20.00%",
            "plans pro price_multiplier: 1 -> 0.9 -10.00%",
            "credit  usd: 0.02 -> 0.025 25.00%");
  }

  private static Plan plan(
      @Nullable Long fee,
      Long requests,
      Map<String, Long> allowances,
      String limit,
      long multiplierPpm) {
    Budget daily =
        new Budget(
            "1d",
            Budget.Scope.ACCOUNT,
            Budget.Unit.USD,
            new Period.Rolling(Duration.ofDays(1)),
            usd(limit),
            List.of());
    return new Plan(
        "pro",
        "Pro",
        Plan.Funding.SUBSCRIPTION,
        fee,
        requests,
        allowances,
        List.of(daily),
        multiplierPpm);
  }
}
