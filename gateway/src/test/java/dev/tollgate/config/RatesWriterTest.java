package dev.tollgate.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Period;
import dev.tollgate.pricing.FundsPackage;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.PlainRoute;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.Target;
import dev.tollgate.pricing.Tier;
import dev.tollgate.pricing.TopUpRates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** A card that is written and read again is the same card. */
class RatesWriterTest {
  /** What a file could take for something else. */
  private static final List<String> NAMES =
      List.of(
          "gpt-4o",
          "Qwen/Qwen3.5-2B",
          "ai21.jamba-1-5-large-v1:0",
          "@cf/meta/llama",
          "007",
          "1e3",
          "true",
          "Null",
          "~",
          "-",
          "- a",
          "a: b",
          "a #b",
          "*",
          "&x",
          "!x",
          "{a}",
          "[a]",
          "a,b",
          "'q'",
          "\"q\"",
          "back\\slash",
          "${NAME}",
          "$${NAME}",
          "%x",
          "|",
          ">",
          "?",
          "@",
          "`",
          "yes",
          "no",
          "1024-x-1024",
          "0x1F",
          ".inf",
          "=",
          "<<",
          "2026-01-01",
          "12:30:45");

  private static RateCard read(String card) throws IOException {
    Path file = Files.createTempFile("card", ".yaml");
    try {
      Files.writeString(file, card);
      return switch (new ConfigLoader(Map.of(), ConfigBounds.DEFAULT).loadRates(file)) {
        case Checked.Valid<RateCard> valid -> valid.value();
        case Checked.Faulty<RateCard> faulty ->
            throw new AssertionError(faulty.faults() + "\n" + card);
      };
    } finally {
      Files.delete(file);
    }
  }

  @Property(tries = 500)
  void card_writtenAndReadAgain_isTheSame(@ForAll long seed) throws IOException {
    RateCard card = randomCard(new Random(seed));

    String written = RatesWriter.write(card);

    assertThat(read(written)).as(written).isEqualTo(card);
    assertThat(RatesWriter.write(read(written))).isEqualTo(written);
  }

  @Test
  void shippedCard_writtenAndReadAgain_isTheSame() throws IOException {
    RateCard card = read(Files.readString(Path.of("../config/rates.yaml")));

    assertThat(read(RatesWriter.write(card))).isEqualTo(card);
  }

  @Test
  void emptyCard_isACard() throws IOException {
    RateCard empty = read("models: {}");

    assertThat(read(RatesWriter.write(empty))).isEqualTo(empty);
    assertThat(RatesWriter.write(List.of(), List.of(), (model, key) -> null))
        .isEqualTo("models: {}\n");
  }

  @Test
  void comments_standInAColumn_andCannotBreakOut() throws IOException {
    ModelRates model =
        new ModelRates(
            "m",
            List.of(new Target("acme", "m")),
            Prices.builder().set(Meter.INPUT, 1).set(Meter.CACHE_READ, 2_000_000_000).build(),
            List.of(
                new Tier(
                    1000,
                    Prices.builder().set(Meter.INPUT, 500_000_000).build(),
                    Map.of("flex", Prices.builder().set(Meter.INPUT, 250_000_000).build()))),
            Map.of(),
            ModelRates.UNBOUNDED,
            10);

    String written =
        RatesWriter.write(
            List.of("Heading\nof two lines"),
            List.of(model),
            (name, key) -> key.isEmpty() ? "from x\r\ny: 1" : key.equals("targets") ? null : key);

    assertThat(written)
        .isEqualTo(
            """
            # Heading?of two lines
            models:
              m:  # from x??y: 1
                targets: [{ provider: acme, model: m }]
                prices:
                  input: 0.000000001  # prices.input
                  cache_read: 2       # prices.cache_read
                tiers:
                  - above_input_tokens: 1000
                    prices:
                      input: 0.5  # tiers.1000.input
                    service_tiers:
                      flex:
                        input: 0.25  # tiers.1000.service_tiers.flex.input
                context_tokens: 10  # context_tokens
            """);
    assertThat(ConfigFiles.named(read(written).models(), "m")).isEqualTo(model);
  }

  private static RateCard randomCard(Random random) {
    Map<String, ModelRates> models = new LinkedHashMap<>();
    for (String name : names(random)) {
      if (name.indexOf(' ') < 0) {
        models.put(name, randomModel(name, random));
      }
    }
    Map<String, Long> training = new LinkedHashMap<>();
    names(random).forEach(name -> training.put(name, randomPrice(random)));
    Map<String, Plan> plans = new LinkedHashMap<>();
    names(random).forEach(name -> plans.put(name, randomPlan(name, random)));
    List<FundsPackage> packages = new ArrayList<>();
    List<PlainRoute> routes = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      packages.add(new FundsPackage(cents(random), random.nextLong(10_000_001)));
      routes.add(
          new PlainRoute(
              "GET",
              "/a/{id}/" + i + ":x/**",
              name(random),
              Prices.builder().set(Meter.REQUEST, randomPrice(random)).build()));
    }
    long min = cents(random);
    return new RateCard(
        models,
        routes,
        training,
        packages,
        new TopUpRates(min, min + Money.NANO_PER_CENT, List.of(min, min + Money.NANO_PER_CENT)),
        plans,
        random.nextLong(1, 1000 * Money.NANO_PER_USD + 1));
  }

  private static ModelRates randomModel(String name, Random random) {
    List<Target> targets = new ArrayList<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      targets.add(new Target(name(random), name(random)));
    }
    List<Tier> tiers = new ArrayList<>();
    long above = 0;
    for (int i = random.nextInt(3); i > 0; i--) {
      above += random.nextLong(1, 1_000_000);
      tiers.add(
          new Tier(above, randomPrices(random, Meter.Kind.TOKEN), randomServiceTiers(random)));
    }
    Prices.Builder prices = Prices.builder();
    for (Meter meter : Meter.values()) {
      if (random.nextInt(3) == 0) {
        prices.set(meter, randomPrice(random));
      }
    }
    return new ModelRates(
        name,
        targets,
        prices.build(),
        tiers,
        randomServiceTiers(random),
        random.nextBoolean() ? ModelRates.UNBOUNDED : random.nextLong(1, 1_000_000_001),
        random.nextBoolean() ? ModelRates.UNBOUNDED : random.nextLong(1, 1_000_000_001));
  }

  private static Map<String, Prices> randomServiceTiers(Random random) {
    Map<String, Prices> serviceTiers = new TreeMap<>();
    names(random).forEach(name -> serviceTiers.put(name, randomPrices(random, Meter.Kind.TOKEN)));
    return serviceTiers;
  }

  private static Prices randomPrices(Random random, Meter.Kind kind) {
    Prices.Builder prices = Prices.builder();
    for (Meter meter : Meter.values()) {
      if (meter.kind() == kind && random.nextInt(4) == 0) {
        prices.set(meter, randomPrice(random));
      }
    }
    return prices.build();
  }

  private static long randomPrice(Random random) {
    return random.nextInt(4) == 0
        ? random.nextLong(3)
        : random.nextLong(1L << random.nextInt(1, 44)) % (Prices.MAX_NANO_USD + 1);
  }

  private static long cents(Random random) {
    return random.nextLong(1, 10_000_000) * Money.NANO_PER_CENT;
  }

  private static Plan randomPlan(String id, Random random) {
    boolean isSubscription = random.nextBoolean();
    List<Budget> limits = new ArrayList<>();
    if (isSubscription) {
      for (int days : List.of(1, 7)) {
        limits.add(
            new Budget(
                days + "d",
                Budget.Scope.ACCOUNT,
                Budget.Unit.USD,
                new Period.Rolling(Duration.ofDays(days)),
                random.nextLong(Money.MAX_NANO_USD + 1),
                List.of()));
      }
    }
    Map<String, Long> allowances = new TreeMap<>();
    names(random).forEach(name -> allowances.put(name, random.nextBoolean() ? Plan.UNLIMITED : 5L));
    return new Plan(
        id,
        random.nextBoolean() ? name(random) : "Größe \u2028 \u0007 \uD83D\uDE00 \u00A0 “x”",
        isSubscription ? Plan.Funding.SUBSCRIPTION : Plan.Funding.WALLET,
        random.nextBoolean() ? null : (Long) random.nextLong(Money.MAX_NANO_USD + 1),
        random.nextBoolean() ? null : (Long) random.nextLong(1, 1_000_000_001),
        allowances,
        limits,
        random.nextLong(1_000_000_001));
  }

  private static String name(Random random) {
    return NAMES.get(random.nextInt(NAMES.size()));
  }

  private static List<String> names(Random random) {
    List<String> names = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      names.add(name(random));
    }
    return names.stream().distinct().toList();
  }
}
