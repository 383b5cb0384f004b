package dev.tollgate.config;

import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.QuoteRatios;
import dev.tollgate.pricing.Target;
import dev.tollgate.pricing.Tier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads one model of the rate card. */
final class ModelReader {
  static final Pattern NAME = Pattern.compile("[\\x21-\\x7E]{1,256}");
  static final String EXPECTED_NAME = "expected a name of 1 to 256 visible ASCII characters";

  private static final int WEIGHT_MAX = 1_000_000;
  private static final long TOKENS_MAX = 1_000_000_000;

  private final Providers providers;
  private final PricesReader prices;

  ModelReader(Providers providers, PricesReader prices) {
    this.providers = providers;
    this.prices = prices;
  }

  ModelRates read(Section.Named named) {
    if (!NAME.matcher(named.name()).matches()) {
      named.fault(EXPECTED_NAME);
    }
    ModelRates rates = named.section(section -> model(named.name(), section));
    ModelNotices.add(named, rates);
    return rates;
  }

  private ModelRates model(String name, Section section) {
    section.require("targets");
    Prices.Builder named = Prices.builder();
    section.section("prices", it -> prices.tokens(it, named));
    section.section("fees", it -> prices.fees(it, named));
    return new ModelRates(
        name,
        targets(section),
        named.build(),
        tiers(section),
        section.section("service_tiers", this::serviceTiers),
        section.whole("max_output_tokens", ModelRates.UNBOUNDED, 1, TOKENS_MAX),
        section.whole("context_tokens", ModelRates.UNBOUNDED, 1, TOKENS_MAX),
        ratios(section));
  }

  private static QuoteRatios ratios(Section section) {
    return new QuoteRatios(
        section.integer("text_bytes_per_token", QuoteRatios.AS_SETTINGS, 1, 1000),
        section.integer("image_tokens_percent", QuoteRatios.NONE.imageTokensPercent(), 0, 100_000));
  }

  private List<Target> targets(Section section) {
    List<Target> targets = new ArrayList<>();
    for (Value item : section.items("targets")) {
      targets.add(item.section(item.place()).readWhole(this::target));
    }
    Value all = section.value("targets");
    if (all != null
        && (all.node() instanceof Node.Nothing
            || (all.node() instanceof Node.Sequence list && list.items().isEmpty()))) {
      all.fault("expected at least one target");
    }
    return targets;
  }

  private Target target(Section target) {
    target.require("provider", "model");
    return new Target(
        target.read("provider", "", providers::known),
        target.text("model", ""),
        target.integer("weight", 0, 1, WEIGHT_MAX),
        new Target.Bounds(
            target.millis("connect_millis_max", 0),
            target.millis("first_byte_millis_max", 0),
            target.millis("idle_millis_max", 0),
            target.millis("total_millis_max", 0L)));
  }

  private List<Tier> tiers(Section section) {
    List<Tier> tiers = new ArrayList<>();
    for (Value item : section.items("tiers")) {
      Tier tier = item.section(item.place()).readWhole(this::tier);
      if (tiers.isEmpty() || tier.aboveInputTokens() > tiers.getLast().aboveInputTokens()) {
        tiers.add(tier);
      } else {
        item.fault(
            "is out of order: above_input_tokens must be more than the tier's before, "
                + tiers.getLast().aboveInputTokens());
      }
    }
    return tiers;
  }

  private Tier tier(Section tier) {
    tier.require("above_input_tokens", "prices");
    return new Tier(
        tier.whole("above_input_tokens", TOKENS_MAX, 1, TOKENS_MAX),
        tier.section("prices", it -> prices.tokens(it, Prices.builder()).build()),
        tier.section("service_tiers", this::serviceTiers));
  }

  private Map<String, Prices> serviceTiers(Section section) {
    Map<String, Prices> serviceTiers = new LinkedHashMap<>();
    for (Section.Named named : section.named()) {
      serviceTiers.put(
          named.name(), named.section(it -> prices.tokens(it, Prices.builder()).build()));
    }
    return serviceTiers;
  }
}
