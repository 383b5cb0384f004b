package dev.tollgate.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Usage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CostTest {
  private static final Target TARGET = new Target("acme", "m");
  private static final ModelRates LLAMA =
      ModelRates.of("llama-3.3-70b", TARGET, prices("input", "0.20", "output", "0.60"));

  static Prices prices(String... namesAndUsd) {
    Prices.Builder prices = Prices.builder();
    for (int i = 0; i < namesAndUsd.length; i += 2) {
      prices.set(meter(namesAndUsd[i]), Money.parseUsd(namesAndUsd[i + 1]));
    }
    return prices.build();
  }

  static Meter meter(String key) {
    for (Meter meter : Meter.values()) {
      if (meter.key().equals(key)) {
        return meter;
      }
    }
    throw new IllegalArgumentException(key);
  }

  private static long listNanoUsd(ModelRates rates, Usage usage, @Nullable String tier) {
    return ((Cost.Charged) Cost.of(rates, usage, tier)).listNanoUsd();
  }

  private static Usage usage(long input, long output) {
    return Usage.builder().set(Meter.INPUT, input).set(Meter.OUTPUT, output).build();
  }

  @Test
  void cost_ofTheDocumentsExample_isFiveHundredMillionths() {
    assertThat(Money.usd(listNanoUsd(LLAMA, usage(1000, 500), null))).isEqualTo("0.0005");
  }

  @Test
  void cost_ofNothing_isZero() {
    assertThat(listNanoUsd(LLAMA, Usage.NONE, null)).isZero();
  }

  @Test
  void cost_ofManyFractions_isRoundedUpOnce() {
    // 0.3 + 0.3 + 0.3 nano-USD: three times rounded it would be 3
    ModelRates rates =
        ModelRates.of(
            "m", TARGET, prices("input", "0.0003", "cache_read", "0.0003", "output", "0.0003"));
    Usage usage =
        Usage.builder().set(Meter.INPUT, 1).set(Meter.CACHE_READ, 1).set(Meter.OUTPUT, 1).build();

    assertThat(listNanoUsd(rates, usage, null)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0028, 1, 3", // 2.8 nano-USD, rounded up
    "0.0028, 1000000, 2800000",
    "600, 1, 600000",
    "600, 1000000, 600000000000",
    "600, 15000000000, 9000000000000000", // $9M: beyond a long until it is divided
    "10000, 900000000, 9000000000000000",
    "0.000000001, 1, 1", // the finest price there is
    "0, 1000000, 0"
  })
  void cost_ofExtremePrices_isExact(String usdPerMillion, long tokens, long nanoUsd) {
    ModelRates rates = ModelRates.of("m", TARGET, prices("input", usdPerMillion));

    assertThat(listNanoUsd(rates, Usage.of(Meter.INPUT, tokens), null)).isEqualTo(nanoUsd);
  }

  @Test
  void cost_beyondTheLargestAmount_isBeyondRange() {
    ModelRates rates = ModelRates.of("m", TARGET, prices("input", "10000", "output", "10000"));

    assertThat(Cost.of(rates, usage(Long.MAX_VALUE, Long.MAX_VALUE), null))
        .isEqualTo(new Cost.BeyondRange());
    assertThat(Cost.of(rates, usage(900_719_926, 0), null)).isEqualTo(new Cost.BeyondRange());
    assertThat(Cost.of(rates, usage(900_719_925, 0), null)).isInstanceOf(Cost.Charged.class);
  }

  @Test
  void billed_withMultiplier_isRoundedOnceFromTheExactSum() {
    // 1.5 nano-USD at list price: 2 when rounded first, 0.75 exactly with half the price
    ModelRates rates = ModelRates.of("m", TARGET, prices("input", "0.0015"));
    Cost.Charged cost = (Cost.Charged) Cost.of(rates, Usage.of(Meter.INPUT, 1), null);

    assertThat(cost.listNanoUsd()).isEqualTo(2);
    assertThat(cost.billedNanoUsd(1_000_000)).isEqualTo(2);
    assertThat(cost.billedNanoUsd(500_000)).isEqualTo(1);
    assertThat(cost.billedNanoUsd(1_400_000)).isEqualTo(3);
    assertThat(cost.billedNanoUsd(0)).isZero();
  }

  @Test
  void billed_beyondTheLargestAmount_saturates() {
    ModelRates rates = ModelRates.of("m", TARGET, prices("input", "10000"));
    Cost.Charged cost = (Cost.Charged) Cost.of(rates, Usage.of(Meter.INPUT, 900_000_000), null);

    assertThat(cost.billedNanoUsd(2_000_000)).isEqualTo(Money.MAX_NANO_USD);
    assertThat(cost.billedNanoUsd(Long.MAX_VALUE)).isEqualTo(Money.MAX_NANO_USD);
  }

  @ParameterizedTest
  @CsvSource({
    "cache_read, input",
    "cache_write_5m, input",
    "cache_write_1h, input",
    "audio_input, input",
    "image_input, input",
    "reasoning, output",
    "audio_output, output",
    "image_output, output"
  })
  void price_ofAnUnnamedTokenMeter_fallsBack(String meter, String fallback) {
    Prices prices = prices("input", "2", "output", "7");

    assertThat(prices.price(meter(meter))).isEqualTo(prices.price(meter(fallback)));
    assertThat(prices("input", "2", "output", "7", meter, "0").price(meter(meter))).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = Meter.class,
      names = {
        "INPUT",
        "OUTPUT",
        "REASONING",
        "WEB_SEARCH",
        "IMAGE",
        "SECOND",
        "CHARACTER",
        "SEARCH_UNIT",
        "CACHE_READ",
        "AUDIO_INPUT",
        "IMAGE_OUTPUT"
      })
  void cost_ofAMeterWithoutAnyPrice_isUnpricedAndNeverZero(Meter meter) {
    ModelRates rates = ModelRates.of("m", TARGET, Prices.NONE);

    assertThat(Cost.of(rates, Usage.of(meter, 1), null))
        .isEqualTo(new Cost.Unpriced(List.of(meter)));
    assertThat(Cost.of(rates, Usage.of(meter, 0), null)).isInstanceOf(Cost.Charged.class);
  }

  @Test
  void requestFee_isChargedOnce_whetherOrNotTheUsageCountsIt() {
    ModelRates rates = ModelRates.of("m", TARGET, prices("input", "1", "request", "0.02"));

    assertThat(listNanoUsd(rates, Usage.NONE, null)).isEqualTo(20_000_000);
    assertThat(listNanoUsd(rates, Usage.of(Meter.REQUEST, 1), null)).isEqualTo(20_000_000);
    assertThat(listNanoUsd(rates, Usage.of(Meter.REQUEST, 3), null)).isEqualTo(60_000_000);
  }

  @Test
  void requestWithoutAFee_isNoPriceToSellItBy() {
    Set<Meter> byRequest = Set.of(Meter.REQUEST);

    assertThat(LLAMA.isPricedFor(byRequest)).isFalse();
    assertThat(LLAMA.firstPriced(List.of(byRequest))).isNull();
    assertThat(ModelRates.of("m", TARGET, prices("request", "0")).isPricedFor(byRequest)).isTrue();
  }

  @Test
  void fees_areCountedEach() {
    ModelRates rates =
        ModelRates.of(
            "m", TARGET, prices("web_search", "0.01", "image", "0.04", "search_unit", "0.002"));
    Usage usage =
        Usage.builder()
            .set(Meter.WEB_SEARCH, 3)
            .set(Meter.IMAGE, 2)
            .set(Meter.SEARCH_UNIT, 5)
            .build();

    assertThat(Money.usd(listNanoUsd(rates, usage, null))).isEqualTo("0.12");
  }

  private static final ModelRates TIERED =
      new ModelRates(
          "m",
          List.of(TARGET),
          prices("input", "1", "output", "2", "cache_read", "0.1"),
          List.of(
              new Tier(200_000, prices("input", "2", "output", "4", "cache_read", "0.2")),
              new Tier(500_000, prices("input", "3"))),
          Map.of("flex", prices("input", "0.5"), "priority", prices("input", "10", "output", "20")),
          8192,
          1_000_000);

  @ParameterizedTest
  @CsvSource({
    "199999, 0, 200019000",
    "200000, 0, 200020000",
    "200001, 0, 400042000",
    "199999, 1, 200019100",
    "199999, 2, 400038400",
    "0, 200000, 20020000",
    "0, 200001, 40040200",
    "500000, 0, 1000040000",
    "500001, 0, 1500023000" // the second tier names no output: the model's own price
  })
  void tier_isChosenByTheWholeInput_andHoldsForAll(long input, long cached, long nanoUsd) {
    Usage usage =
        Usage.builder()
            .set(Meter.INPUT, input)
            .set(Meter.CACHE_READ, cached)
            .set(Meter.OUTPUT, 10)
            .build();

    assertThat(listNanoUsd(TIERED, usage, null)).isEqualTo(nanoUsd);
  }

  @ParameterizedTest
  @EnumSource(
      value = Meter.class,
      names = {
        "INPUT",
        "CACHE_READ",
        "CACHE_WRITE_5M",
        "CACHE_WRITE_1H",
        "AUDIO_INPUT",
        "IMAGE_INPUT"
      })
  void tier_countsEveryKindOfInput(Meter meter) {
    Usage below = Usage.builder().set(meter, 200_000).set(Meter.OUTPUT, 1_000_000).build();
    Usage above = below.toBuilder().set(meter, 200_001).build();
    ModelRates rates =
        withTiers(
            prices("input", "0", "output", "2"), List.of(new Tier(200_000, prices("output", "4"))));

    assertThat(listNanoUsd(rates, below, null)).isEqualTo(2_000_000_000L);
    assertThat(listNanoUsd(rates, above, null)).isEqualTo(4_000_000_000L);
  }

  @Test
  void output_howeverMuch_choosesNoTier() {
    assertThat(listNanoUsd(TIERED, usage(1, 900_000), null)).isEqualTo(1000 + 900_000 * 2000L);
  }

  @Test
  void cacheWithoutAPriceInATier_costsWhatThatTiersInputCosts() {
    ModelRates rates =
        withTiers(
            prices("input", "1", "output", "2"),
            List.of(new Tier(1000, prices("input", "3", "output", "2"))));

    assertThat(listNanoUsd(rates, Usage.of(Meter.CACHE_READ, 1000), null)).isEqualTo(1_000_000);
    assertThat(listNanoUsd(rates, Usage.of(Meter.CACHE_READ, 1001), null)).isEqualTo(3_003_000);
    assertThat(listNanoUsd(rates, Usage.of(Meter.CACHE_WRITE_1H, 1001), null)).isEqualTo(3_003_000);
  }

  @Test
  void serviceTier_overridesWhatItNames() {
    assertThat(listNanoUsd(TIERED, usage(1000, 1000), "flex")).isEqualTo(500_000 + 2_000_000);
    assertThat(listNanoUsd(TIERED, usage(1000, 1000), "priority"))
        .isEqualTo(10_000_000 + 20_000_000);
    assertThat(listNanoUsd(TIERED, usage(1000, 1000), "default")).isEqualTo(3_000_000);
  }

  @ParameterizedTest
  @CsvSource({
    "200000, flex, 100000000, 2000000",
    "200001, flex, 400002000, 4000000", // the tier's input is dearer than flex's
    "200001, priority, 2000010000, 20000000" // priority's input and output are dearer
  })
  void serviceTierAndTier_thatKnowNothingOfEachOther_leaveTheDearerPrice(
      long input, String service, long inputNanoUsd, long outputNanoUsd) {
    assertThat(listNanoUsd(TIERED, usage(input, 1000), service))
        .isEqualTo(inputNanoUsd + outputNanoUsd);
  }

  @ParameterizedTest
  @CsvSource({
    "199999, priority, 1999990000",
    "200000, priority, 2000000000",
    "200001, priority, 3000015000",
    "200000, flex, 100000000",
    "200001, flex, 200001000", // cheaper than the tier, and named for it
    "200001, batch, 20000100", // named in the tier alone
    "200000, batch, 200000000",
    "200001, scale, 400002000"
  })
  void serviceTier_thatTheTierNames_hasTheLastWord(long input, String service, long nanoUsd) {
    ModelRates rates =
        new ModelRates(
            "m",
            List.of(TARGET),
            prices("input", "1", "output", "2"),
            List.of(
                new Tier(
                    200_000,
                    prices("input", "2"),
                    Map.of(
                        "priority", prices("input", "15"),
                        "flex", prices("input", "1"),
                        "batch", prices("input", "0.1")))),
            Map.of("flex", prices("input", "0.5"), "priority", prices("input", "10")),
            8192,
            1_000_000);

    assertThat(listNanoUsd(rates, usage(input, 0), service)).isEqualTo(nanoUsd);
  }

  @Test
  void meter_thatATierAlonePrices_isPricedApart() {
    Prices reasoning = prices("reasoning", "5");

    assertThat(TIERED.isPricedApart(Meter.REASONING)).isFalse();
    assertThat(withTiers(reasoning, List.of()).isPricedApart(Meter.REASONING)).isTrue();
    assertThat(
            withTiers(Prices.NONE, List.of(new Tier(1, reasoning))).isPricedApart(Meter.REASONING))
        .isTrue();
    assertThat(
            withTiers(Prices.NONE, List.of(new Tier(1, Prices.NONE, Map.of("flex", reasoning))))
                .isPricedApart(Meter.REASONING))
        .isTrue();
  }

  private static ModelRates withTiers(Prices prices, List<Tier> tiers) {
    return new ModelRates(
        "m", List.of(TARGET), prices, tiers, Map.of(), ModelRates.UNBOUNDED, ModelRates.UNBOUNDED);
  }
}
