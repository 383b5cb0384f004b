package dev.tollgate.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Usage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;

class PricingPropertyTest {
  private static final String[] SERVICE_TIERS = {"flex", "priority", "batch"};

  @Property(tries = 3000)
  void cost_ofAnyUsage_equalsTheDecimalOracle(
      @ForAll long seed, @ForAll @LongRange(min = 1, max = 3_000_000) long multiplierPpm) {
    Random random = new Random(seed);
    ModelRates rates = randomRates(random);
    Usage usage = randomUsage(random, 1L << random.nextInt(1, 62));
    String served = random.nextBoolean() ? SERVICE_TIERS[random.nextInt(3)] : null;

    Cost cost = Cost.of(rates, usage, served);

    BigDecimal exact = oracleNanoUsd(rates, usage, served);
    switch (cost) {
      case Cost.Charged charged -> {
        assertThat(charged.listNanoUsd()).isEqualTo(ceil(exact));
        assertThat(charged.billedNanoUsd(multiplierPpm))
            .isEqualTo(
                Math.min(
                    Money.MAX_NANO_USD,
                    ceil(exact.multiply(BigDecimal.valueOf(multiplierPpm, 6)))));
      }
      case Cost.BeyondRange beyond ->
          assertThat(exact).isGreaterThan(BigDecimal.valueOf(Money.MAX_NANO_USD));
      case Cost.Unpriced unpriced -> assertThat(unpriced.meters()).isNotEmpty();
    }
  }

  @Property(tries = 3000)
  void quote_isNeverBelowTheCostOfAnythingWithinIt(
      @ForAll long seed,
      @ForAll @LongRange(min = 0, max = 3_000_000) long inputTokens,
      @ForAll @LongRange(min = 0, max = 300_000) long outputTokens,
      @ForAll @IntRange(min = 0, max = 3) int asked) {
    Random random = new Random(seed);
    ModelRates rates = randomRates(random);
    String askedTier = asked == 3 ? null : SERVICE_TIERS[asked];

    Quote quote = Quote.of(rates, inputTokens, outputTokens, askedTier);

    Usage usage = randomUsageWithin(random, inputTokens, outputTokens);
    String served = random.nextBoolean() ? askedTier : null;
    assertThat(((Cost.Charged) Cost.of(rates, usage, served)).listNanoUsd())
        .isLessThanOrEqualTo(quote.nanoUsd());
    assertThat(quote.tokens()).isEqualTo(inputTokens + outputTokens);
  }

  /** The whole way from what a request has to what is held, over the bounds of tiers. */
  @Property(tries = 3000)
  void quote_ofAPrompt_isNeverBelowTheCostOfAnythingWithinItsTokens(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 3) int asked) {
    Random random = new Random(seed);
    ModelRates rates = withRatios(randomRates(random), randomRatios(random));
    PromptSize prompt = randomPrompt(random);
    QuoteSettings settings =
        new QuoteSettings(
            random.nextInt(1, 9), random.nextInt(20), random.nextInt(3000), random.nextLong(1, 99));
    String askedTier = asked == 3 ? null : SERVICE_TIERS[asked];

    Quote quote = Quote.of(rates, prompt, settings, askedTier);

    assertThat(quote.inputTokens())
        .isGreaterThanOrEqualTo(prompt.messages() * settings.tokensPerMessage())
        .isGreaterThanOrEqualTo(prompt.countedTokens());
    long input = random.nextBoolean() ? quote.inputTokens() : within(random, quote.inputTokens());
    Usage usage = randomUsageWithin(random, input, quote.outputTokens());
    String served = random.nextBoolean() ? askedTier : null;
    assertThat(((Cost.Charged) Cost.of(rates, usage, served)).listNanoUsd())
        .isLessThanOrEqualTo(quote.nanoUsd());
  }

  private static long within(Random random, long bound) {
    return random.nextLong(bound + 1);
  }

  private static ModelRates withRatios(ModelRates rates, QuoteRatios ratios) {
    return new ModelRates(
        rates.name(),
        rates.targets(),
        rates.prices(),
        rates.tiers(),
        rates.serviceTiers(),
        rates.maxOutputTokens(),
        rates.contextTokens(),
        ratios);
  }

  private static QuoteRatios randomRatios(Random random) {
    return random.nextBoolean()
        ? QuoteRatios.NONE
        : new QuoteRatios(random.nextInt(9), random.nextInt(5000));
  }

  private static PromptSize randomPrompt(Random random) {
    return new PromptSize(
        random.nextLong(3_000_000),
        random.nextLong(100),
        random.nextLong(50),
        random.nextLong(100_000),
        random.nextLong(1000),
        random.nextBoolean() ? null : (Long) random.nextLong(1, 100_000),
        random.nextLong(1, 129));
  }

  @Property(tries = 3000)
  void affordableOutput_costsNoMoreThanIsThere_andOneMoreTokenWould(
      @ForAll long seed,
      @ForAll @LongRange(min = 0, max = 1_000_000) long inputTokens,
      @ForAll @LongRange(min = 1, max = 1_000_000) long outputTokens,
      @ForAll @LongRange(min = -10_000, max = 20_000_000_000L) long available) {
    ModelRates rates = randomRates(new Random(seed));
    Quote quote = Quote.of(rates, inputTokens, outputTokens, null);

    Long affordable = quote.affordableOutputTokens(available);

    if (affordable == null) {
      assertThat(Quote.of(rates, inputTokens, 0, null).nanoUsd()).isGreaterThan(available);
      return;
    }
    assertThat(affordable).isBetween(0L, outputTokens);
    assertThat(affordable == 0 ? 0 : Quote.of(rates, inputTokens, affordable, null).nanoUsd())
        .isLessThanOrEqualTo(Math.max(0, available));
    if (affordable < outputTokens) {
      assertThat(Quote.of(rates, inputTokens, affordable + 1, null).nanoUsd())
          .isGreaterThan(available);
    }
  }

  /** Prices with input and output always named, everything else now and then. */
  private static ModelRates randomRates(Random random) {
    Prices.Builder prices = Prices.builder();
    prices.set(Meter.INPUT, randomPrice(random)).set(Meter.OUTPUT, randomPrice(random));
    List<Tier> tiers = new ArrayList<>();
    long above = 0;
    for (int i = random.nextInt(4); i > 0; i--) {
      above += random.nextLong(1, 1_000_000);
      tiers.add(
          new Tier(above, randomPrices(random, Prices.builder()), randomServiceTiers(random)));
    }
    return new ModelRates(
        "m",
        List.of(new Target("acme", "m")),
        randomPrices(random, prices),
        tiers,
        randomServiceTiers(random),
        ModelRates.UNBOUNDED,
        ModelRates.UNBOUNDED);
  }

  private static Map<String, Prices> randomServiceTiers(Random random) {
    Map<String, Prices> serviceTiers = new TreeMap<>();
    for (String tier : SERVICE_TIERS) {
      if (random.nextBoolean()) {
        serviceTiers.put(tier, randomPrices(random, Prices.builder()));
      }
    }
    return serviceTiers;
  }

  private static Prices randomPrices(Random random, Prices.Builder prices) {
    for (Meter meter : Meter.values()) {
      if (random.nextInt(3) == 0) {
        prices.set(meter, randomPrice(random));
      }
    }
    return prices.build();
  }

  private static long randomPrice(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> 0;
      case 1 -> random.nextLong(1, 1000);
      case 2 -> 2_800_000;
      case 3 -> 600_000_000_000L;
      default -> random.nextLong(1, Prices.MAX_NANO_USD + 1);
    };
  }

  private static Usage randomUsage(Random random, long bound) {
    Usage.Builder usage = Usage.builder();
    for (Meter meter : Meter.values()) {
      if (random.nextInt(3) == 0) {
        usage.set(meter, random.nextLong(bound));
      }
    }
    return usage.build();
  }

  private static Usage randomUsageWithin(Random random, long inputTokens, long outputTokens) {
    Usage.Builder usage = Usage.builder();
    long inputLeft = inputTokens;
    long outputLeft = outputTokens;
    for (Meter meter : Meter.values()) {
      if (meter.isInput()) {
        long count = random.nextInt(3) == 0 ? inputLeft : random.nextLong(inputLeft + 1);
        usage.set(meter, count);
        inputLeft -= count;
      } else if (meter.isOutput()) {
        long count = random.nextInt(3) == 0 ? outputLeft : random.nextLong(outputLeft + 1);
        usage.set(meter, count);
        outputLeft -= count;
      }
    }
    return usage.set(Meter.REQUEST, 1).build();
  }

  /** The rules once more, in decimals and written another way. */
  private static BigDecimal oracleNanoUsd(ModelRates rates, Usage usage, @Nullable String served) {
    BigDecimal sum = BigDecimal.ZERO;
    for (Meter meter : Meter.values()) {
      long count = usage.count(meter);
      if (meter == Meter.REQUEST && count == 0) {
        count = 1;
      }
      long price = oraclePrice(rates, usage.inputTokens(), served, meter);
      if (count != 0 && price > 0) {
        int scale = meter.kind() == Meter.Kind.TOKEN ? 6 : 0;
        sum = sum.add(BigDecimal.valueOf(count).multiply(BigDecimal.valueOf(price, scale)));
      }
    }
    return sum;
  }

  private static long oraclePrice(
      ModelRates rates, long input, @Nullable String served, Meter meter) {
    Optional<Tier> tier =
        rates.tiers().stream()
            .filter(each -> input > each.aboveInputTokens())
            .reduce((lower, higher) -> higher);
    Optional<Prices> inTier =
        tier.map(Tier::serviceTiers).map(tiers -> served == null ? null : tiers.get(served));
    Optional<Prices> service =
        Optional.ofNullable(served == null ? null : rates.serviceTiers().get(served));
    long ofTier = named(tier.map(Tier::prices), meter);
    long ofService = named(service, meter);
    for (long price :
        new long[] {
          named(inTier, meter), Math.max(ofTier, ofService), rates.prices().named(meter)
        }) {
      if (price != Prices.UNPRICED) {
        return price;
      }
    }
    if (meter.kind() == Meter.Kind.TOKEN && meter != Meter.INPUT && meter != Meter.OUTPUT) {
      return oraclePrice(rates, input, served, meter.isInput() ? Meter.INPUT : Meter.OUTPUT);
    }
    return meter == Meter.REQUEST ? 0 : Prices.UNPRICED;
  }

  private static long named(Optional<Prices> prices, Meter meter) {
    return prices.map(each -> each.named(meter)).orElse(Prices.UNPRICED);
  }

  private static long ceil(BigDecimal nanoUsd) {
    return nanoUsd
        .setScale(0, RoundingMode.CEILING)
        .min(BigDecimal.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }
}
