package dev.tollgate.config;

import static dev.tollgate.config.YamlText.value;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.pricing.FundsPackage;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.PlainRoute;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.QuoteRatios;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.Target;
import dev.tollgate.pricing.Tier;
import dev.tollgate.pricing.TopUpRates;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes a rate card as a file that reads back as the same card. For one card, one use. */
public final class RatesWriter {
  private static final Meter[] METERS = Meter.values();

  /** What to say behind a line of a model. */
  @FunctionalInterface
  public interface Comments {
    /**
     * @param key as in {@link dev.tollgate.pricing.CardFact#key()}; empty for the model itself
     * @return null for no comment
     */
    @Nullable String of(String model, String key);
  }

  private static final Comments NONE = (model, key) -> null;

  private final YamlText yaml = new YamlText();
  private final Comments comments;

  private RatesWriter(Comments comments) {
    this.comments = comments;
  }

  /** The whole card. */
  public static String write(RateCard card) {
    RatesWriter writer = new RatesWriter(NONE);
    writer.models(card.models());
    writer.aliases(card.aliases());
    writer.routes(card.routes());
    writer.training(card.trainingNanoUsd());
    writer.packages(card.packages());
    writer.topUp(card.topUp());
    writer.plans(card.plans());
    writer.yaml.open("credit", null).put("usd", Money.usd(card.creditNanoUsd()), null).close();
    return writer.yaml.document();
  }

  /** A card of models alone, with comments; everything else is what it is without being named. */
  public static String write(List<String> heading, List<ModelRates> models, Comments comments) {
    RatesWriter writer = new RatesWriter(comments);
    heading.forEach(writer.yaml::comment);
    Map<String, ModelRates> named = new TreeMap<>();
    models.forEach(model -> named.put(model.name(), model));
    writer.models(named);
    return writer.yaml.document();
  }

  private void models(Map<String, ModelRates> models) {
    if (models.isEmpty()) {
      yaml.put("models", "{}", null);
      return;
    }
    yaml.open("models", null);
    models.values().forEach(this::model);
    yaml.close();
  }

  private void model(ModelRates model) {
    yaml.open(model.name(), comments.of(model.name(), ""));
    String targets = model.targets().stream().map(RatesWriter::target).collect(listed());
    put(model, "targets", "targets", targets);
    section(model, "prices", "prices.", model.prices(), Meter.Kind.TOKEN);
    section(model, "fees", "fees.", model.prices(), Meter.Kind.FEE);
    if (!model.tiers().isEmpty()) {
      yaml.open("tiers", null);
      model.tiers().forEach(tier -> tier(model, tier));
      yaml.close();
    }
    serviceTiers(model, "", model.serviceTiers());
    tokens(model, "max_output_tokens", model.maxOutputTokens());
    tokens(model, "context_tokens", model.contextTokens());
    ratios(model, model.ratios());
    yaml.close();
  }

  private void ratios(ModelRates model, QuoteRatios ratios) {
    if (ratios.textBytesPerToken() != QuoteRatios.AS_SETTINGS) {
      tokens(model, "text_bytes_per_token", ratios.textBytesPerToken());
    }
    if (ratios.imageTokensPercent() != QuoteRatios.NONE.imageTokensPercent()) {
      tokens(model, "image_tokens_percent", ratios.imageTokensPercent());
    }
  }

  private static String target(Target target) {
    StringBuilder text = new StringBuilder();
    text.append("{ provider: ").append(value(target.provider()));
    text.append(", model: ").append(value(target.model()));
    Target.Bounds bounds = target.bounds();
    number(text, "weight", target.weight());
    number(text, "connect_millis_max", bounds.connectMillisMax());
    number(text, "first_byte_millis_max", bounds.firstByteMillisMax());
    number(text, "idle_millis_max", bounds.idleMillisMax());
    number(text, "total_millis_max", bounds.totalMillisMax());
    return text.append(" }").toString();
  }

  private static void number(StringBuilder text, String key, long number) {
    if (number != 0) {
      text.append(", ").append(key).append(": ").append(number);
    }
  }

  private void tier(ModelRates model, Tier tier) {
    String key = "tiers." + tier.aboveInputTokens() + ".";
    yaml.openItem("above_input_tokens", Long.toString(tier.aboveInputTokens()));
    if (tier.prices().equals(Prices.NONE)) {
      yaml.put("prices", "{}", null); // a tier must say that it has none
    }
    section(model, "prices", key, tier.prices(), Meter.Kind.TOKEN);
    serviceTiers(model, key, tier.serviceTiers());
    yaml.close();
  }

  private void serviceTiers(ModelRates model, String key, Map<String, Prices> serviceTiers) {
    if (serviceTiers.isEmpty()) {
      return;
    }
    yaml.open("service_tiers", null);
    new TreeMap<>(serviceTiers)
        .forEach(
            (name, prices) -> {
              if (prices.equals(Prices.NONE)) {
                yaml.put(name, "{}", null);
              }
              section(model, name, key + "service_tiers." + name + ".", prices, Meter.Kind.TOKEN);
            });
    yaml.close();
  }

  /** Named prices of a kind; nothing where there are none. */
  private void section(
      ModelRates model, String section, String key, Prices prices, Meter.Kind kind) {
    boolean isOpen = false;
    for (Meter meter : METERS) {
      if (meter.kind() == kind && prices.isNamed(meter)) {
        if (!isOpen) {
          yaml.open(section, null);
          isOpen = true;
        }
        put(model, meter.key(), key + meter.key(), Money.usd(prices.named(meter)));
      }
    }
    if (isOpen) {
      yaml.close();
    }
  }

  private void tokens(ModelRates model, String key, long tokens) {
    if (tokens != ModelRates.UNBOUNDED) {
      put(model, key, key, Long.toString(tokens));
    }
  }

  private void put(ModelRates model, String key, String fact, String value) {
    yaml.put(key, value, comments.of(model.name(), fact));
  }

  private void aliases(Map<String, String> aliases) {
    if (aliases.isEmpty()) {
      return;
    }
    yaml.open("aliases", null);
    aliases.forEach((alias, model) -> yaml.put(alias, value(model), null));
    yaml.close();
  }

  private void routes(List<PlainRoute> routes) {
    if (routes.isEmpty()) {
      return;
    }
    yaml.open("routes", null);
    for (PlainRoute route : routes) {
      yaml.openItem("match", value(route.method() + " " + route.pattern()));
      yaml.put("provider", value(route.provider()), null);
      yaml.open("fees", null);
      for (Meter meter : METERS) {
        if (route.fees().isNamed(meter)) {
          yaml.put(meter.key(), Money.usd(route.fees().named(meter)), null);
        }
      }
      yaml.close().close();
    }
    yaml.close();
  }

  private void training(Map<String, Long> training) {
    if (training.isEmpty()) {
      return;
    }
    yaml.open("training", null);
    training.forEach(
        (model, nanoUsd) ->
            yaml.put(model, "{ per_mtok_epoch: " + Money.usd(nanoUsd) + " }", null));
    yaml.close();
  }

  private void packages(List<FundsPackage> packages) {
    if (packages.isEmpty()) {
      return;
    }
    yaml.open("packages", null);
    for (FundsPackage funds : packages) {
      yaml.openItem("pay", Money.usd(funds.payNanoUsd()));
      yaml.put("bonus_percent", decimal(funds.bonusPpm(), 4), null).close();
    }
    yaml.close();
  }

  private void topUp(TopUpRates topUp) {
    yaml.open("topup", null);
    yaml.put("min", Money.usd(topUp.minNanoUsd()), null);
    yaml.put("max", Money.usd(topUp.maxNanoUsd()), null);
    yaml.put("presets", topUp.presetsNanoUsd().stream().map(Money::usd).collect(listed()), null);
    yaml.close();
  }

  private void plans(Map<String, Plan> plans) {
    if (plans.isEmpty()) {
      return;
    }
    yaml.open("plans", null);
    plans.values().forEach(plan -> PlanWriter.write(plan, yaml));
    yaml.close();
  }

  private static Collector<CharSequence, ?, String> listed() {
    return Collectors.joining(", ", "[", "]");
  }

  /** Without trailing zeros or an exponent. */
  static String decimal(long unscaled, int scale) {
    BigDecimal exact = BigDecimal.valueOf(unscaled, scale);
    return exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
  }
}
