package dev.tollgate.config;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.http.PathPattern;
import dev.tollgate.pricing.FundsPackage;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.PlainRoute;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.TopUpRates;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads {@code rates.yaml}: the card as a whole, and what is not a model or a plan. */
final class RatesReader {
  private static final long NANO_PER_USD = Money.NANO_PER_USD;
  private static final TopUpRates TOP_UP =
      new TopUpRates(
          5 * NANO_PER_USD,
          10_000 * NANO_PER_USD,
          List.of(10 * NANO_PER_USD, 25 * NANO_PER_USD, 50 * NANO_PER_USD, 100 * NANO_PER_USD));
  private static final long CREDIT_NANO_USD = 20_000_000;
  private static final long BONUS_PPM_MAX = 10_000_000;
  private static final long PPM_PER_PERCENT = 10_000;
  private static final Pattern ROUTE = Pattern.compile("[A-Z]{3,7} /\\S*");

  private final Providers providers;
  private final PricesReader prices = new PricesReader();

  RatesReader(Providers providers) {
    this.providers = providers;
  }

  /** Makes sense only if there were no faults. */
  RateCard read(Section root) {
    root.require("models");
    Map<String, ModelRates> models = root.section("models", this::models);
    return new RateCard(
        models,
        routes(root),
        root.section("training", RatesReader::training),
        root.items("packages").stream().map(RatesReader::fundsPackage).toList(),
        root.has("topup") ? root.section("topup", RatesReader::topUp) : TOP_UP,
        root.section("plans", RatesReader::plans),
        root.section("credit", RatesReader::credit),
        root.section("aliases", section -> aliases(section, models)));
  }

  private Map<String, ModelRates> models(Section section) {
    ModelReader reader = new ModelReader(providers, prices);
    Map<String, ModelRates> models = new LinkedHashMap<>();
    for (Section.Named named : section.named()) {
      models.put(named.name(), reader.read(named));
    }
    return models;
  }

  private static Map<String, String> aliases(Section section, Map<String, ModelRates> models) {
    Map<String, String> aliases = new LinkedHashMap<>();
    for (Section.Named named : section.named()) {
      String model = named.value().text("");
      if (!ModelReader.NAME.matcher(named.name()).matches()) {
        named.fault(ModelReader.EXPECTED_NAME);
      } else if (models.containsKey(named.name())) {
        named.fault("is a model of this card already");
      } else if (!model.isEmpty() && !models.containsKey(model)) {
        named
            .value()
            .fault(
                "there is no model `"
                    + model
                    + "` on this card"
                    + Suggestion.phrase(model, models.keySet()));
      } else {
        aliases.put(named.name(), model);
      }
    }
    return aliases;
  }

  private List<PlainRoute> routes(Section root) {
    List<PlainRoute> routes = new ArrayList<>();
    for (Value item : root.items("routes")) {
      routes.add(item.section(item.place()).readWhole(this::route));
    }
    return routes;
  }

  private PlainRoute route(Section route) {
    route.require("match", "provider", "fees");
    String match = route.read("match", "GET /", RatesReader::match);
    String provider = route.read("provider", "", providers::known);
    Prices fees = route.section("fees", RatesReader::callFee);
    int space = match.indexOf(' ');
    return new PlainRoute(match.substring(0, space), match.substring(space + 1), provider, fees);
  }

  private static String match(Value value) {
    String match = value.matching(ROUTE, "METHOD /path", "GET /");
    try {
      PathPattern.compile(match.substring(match.indexOf(' ') + 1));
    } catch (IllegalArgumentException noPattern) {
      value.expected("a path whose places are whole segments, such as /api/{id}/**");
    }
    return match;
  }

  /** Nothing in a plain call is counted but the call. */
  private static Prices callFee(Section fees) {
    fees.require("request");
    return Prices.builder()
        .set(Meter.REQUEST, fees.read("request", 0L, value -> value.usd(0, Prices.MAX_NANO_USD)))
        .build();
  }

  private static Map<String, Long> training(Section section) {
    Map<String, Long> training = new LinkedHashMap<>();
    for (Section.Named named : section.named()) {
      training.put(named.name(), named.section(RatesReader::trainingRate));
    }
    return training;
  }

  private static Long trainingRate(Section section) {
    section.require("per_mtok_epoch");
    return section.read("per_mtok_epoch", 0L, value -> value.usd(0, Prices.MAX_NANO_USD));
  }

  private static FundsPackage fundsPackage(Value item) {
    Section section = item.section(item.place()).require("pay");
    return section.readWhole(
        it ->
            new FundsPackage(
                it.read("pay", NANO_PER_USD, RatesReader::payment),
                it.read(
                    "bonus_percent", 0L, value -> value.ppm(0, PPM_PER_PERCENT, BONUS_PPM_MAX))));
  }

  private static TopUpRates topUp(Section section) {
    long min = section.read("min", TOP_UP.minNanoUsd(), RatesReader::payment);
    long max = section.read("max", TOP_UP.maxNanoUsd(), RatesReader::payment);
    if (min > max) {
      section.fault("min is above max");
    }
    List<Long> presets = new ArrayList<>();
    for (Value preset : section.items("presets")) {
      long nanoUsd = payment(preset);
      if (nanoUsd < min || nanoUsd > max) {
        preset.expected("an amount from min to max");
      }
      presets.add(nanoUsd);
    }
    return new TopUpRates(min, max, presets);
  }

  /** A payment is at most $1,000,000 and in whole cents. */
  private static long payment(Value value) {
    long nanoUsd = value.usd(NANO_PER_USD, 1_000_000 * NANO_PER_USD);
    if (nanoUsd == 0 || nanoUsd % Money.NANO_PER_CENT != 0) {
      value.expected("an amount above 0 in whole cents");
      return NANO_PER_USD;
    }
    return nanoUsd;
  }

  private static Map<String, Plan> plans(Section section) {
    Map<String, Plan> plans = new LinkedHashMap<>();
    for (Section.Named named : section.named()) {
      plans.put(named.name(), named.section(plan -> PlanReader.read(named.name(), plan)));
    }
    return plans;
  }

  private static long credit(Section section) {
    return section.read("usd", CREDIT_NANO_USD, RatesReader::creditValue);
  }

  private static long creditValue(Value value) {
    long nanoUsd = value.usd(CREDIT_NANO_USD, 1000 * NANO_PER_USD);
    if (nanoUsd == 0) {
      value.expected("an amount above 0");
      return CREDIT_NANO_USD;
    }
    return nanoUsd;
  }
}
