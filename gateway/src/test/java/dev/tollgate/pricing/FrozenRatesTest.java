package dev.tollgate.pricing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Prices that are put away cost the same when they are taken out again. */
class FrozenRatesTest {
  @Property(tries = 300)
  void rates_writtenAndRead_areTheSame(@ForAll("rates") ModelRates rates) {
    ModelRates read = FrozenRates.read(rates.name(), FrozenRates.write(rates));

    assertThat(read.name()).isEqualTo(rates.name());
    assertThat(read.prices()).isEqualTo(rates.prices());
    assertThat(read.tiers()).isEqualTo(rates.tiers());
    assertThat(read.serviceTiers()).isEqualTo(rates.serviceTiers());
  }

  @Property(tries = 300)
  void usage_costsTheSame(@ForAll("rates") ModelRates rates, @ForAll("usages") Usage usage) {
    ModelRates read = FrozenRates.read(rates.name(), FrozenRates.write(rates));

    assertThat(Cost.of(read, usage, "flex").toString())
        .isEqualTo(Cost.of(rates, usage, "flex").toString());
  }

  @Example
  void rates_areOneLine() {
    ModelRates rates =
        new ModelRates(
            "m",
            List.of(),
            Prices.builder().set(Meter.INPUT, 200).build(),
            List.of(new Tier(1_000, Prices.builder().set(Meter.INPUT, 400).build())),
            Map.of("fl;ex", Prices.builder().set(Meter.OUTPUT, 0).build()),
            ModelRates.UNBOUNDED,
            ModelRates.UNBOUNDED);

    assertThat(FrozenRates.write(rates)).isEqualTo("input=200;>1000:input=400;@fl%3Bex:output=0");
  }

  @Example
  void textOfAnotherMaking_isRefused() {
    for (String text : List.of("inputt=5", "input", "input=5;x", "input=five", ";@a:=")) {
      assertThatThrownBy(() -> FrozenRates.read("m", text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Example
  void serviceTier_standsForAllOfThePrices() {
    ModelRates rates =
        new ModelRates(
            "m",
            List.of(),
            Prices.builder().set(Meter.INPUT, 200).set(Meter.OUTPUT, 300).build(),
            List.of(new Tier(1_000, Prices.builder().set(Meter.INPUT, 400).build())),
            Map.of("batch", Prices.builder().set(Meter.INPUT, 100).build()),
            500,
            ModelRates.UNBOUNDED);

    ModelRates batch = rates.inServiceTier("batch");

    assertThat(batch.prices().named(Meter.INPUT)).isEqualTo(100);
    assertThat(batch.prices().named(Meter.OUTPUT)).isEqualTo(300);
    assertThat(batch.tiers()).isEmpty();
    assertThat(batch.maxOutputTokens()).isEqualTo(500);
    assertThat(rates.inServiceTier("none").prices()).isEqualTo(rates.prices());
  }

  @Provide
  Arbitrary<ModelRates> rates() {
    Arbitrary<Prices> prices = prices();
    Arbitrary<List<Tier>> tiers =
        prices
            .list()
            .ofMaxSize(3)
            .map(
                all -> {
                  List<Tier> made = new ArrayList<>();
                  for (Prices each : all) {
                    made.add(new Tier(1_000L * (made.size() + 1), each));
                  }
                  return made;
                });
    Arbitrary<String> names = Arbitraries.of("flex", "batch", "a b", "x;y:z=@>", "é");
    return Combinators.combine(prices, tiers, Arbitraries.maps(names, prices))
        .as(
            (base, tiered, services) ->
                new ModelRates(
                    "m",
                    List.of(),
                    base,
                    tiered,
                    services,
                    ModelRates.UNBOUNDED,
                    ModelRates.UNBOUNDED));
  }

  private static Arbitrary<Prices> prices() {
    return Arbitraries.maps(
            Arbitraries.of(Meter.class), Arbitraries.longs().between(0, Prices.MAX_NANO_USD))
        .map(
            named -> {
              Prices.Builder prices = Prices.builder();
              named.forEach(prices::set);
              return prices.build();
            });
  }

  @Provide
  Arbitrary<Usage> usages() {
    return Arbitraries.maps(Arbitraries.of(Meter.class), Arbitraries.longs().between(0, 5_000))
        .map(
            counts -> {
              Usage.Builder usage = Usage.builder();
              counts.forEach(usage::set);
              return usage.build();
            });
  }
}
