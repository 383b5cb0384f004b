package dev.tollgate.config;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Says what a model's entry allows, but hardly means. */
final class ModelNotices {
  /** What providers call their service tiers; another name may be right, a similar one is not. */
  private static final List<String> SERVICE_TIERS =
      List.of("auto", "default", "standard", "flex", "priority", "batch", "scale");

  private static final Map<Meter, List<Meter>> APART =
      Map.of(
          Meter.INPUT,
          List.of(
              Meter.CACHE_READ,
              Meter.CACHE_WRITE_5M,
              Meter.CACHE_WRITE_1H,
              Meter.AUDIO_INPUT,
              Meter.IMAGE_INPUT),
          Meter.OUTPUT,
          List.of(Meter.REASONING, Meter.AUDIO_OUTPUT, Meter.IMAGE_OUTPUT));

  private final Findings findings;
  private final ModelRates rates;

  private ModelNotices(Findings findings, ModelRates rates) {
    this.findings = findings;
    this.rates = rates;
  }

  /** Nothing is said of an entry while there are faults: what was read then is not all there is. */
  static void add(Section.Named model, ModelRates rates) {
    Findings findings = model.value().findings();
    if (findings.hasFaults()) {
      return;
    }
    ModelNotices notices = new ModelNotices(findings, rates);
    if (!rates.canBeSold()) {
      findings.notice(
          model.place(),
          model.value().key(),
          "has no price for input, nor for a request, image, second, character or search unit:"
              + " requests for it are refused");
    }
    Section section = model.value().section(model.place());
    notices.bounds(section);
    List<Value> tiers = section.items("tiers");
    for (int i = 0; i < tiers.size(); i++) {
      notices.tier(tiers.get(i), rates.tiers().get(i));
    }
    notices.serviceTiers(section, rates.serviceTiers());
  }

  private void bounds(Section section) {
    Value output = section.value("max_output_tokens");
    if (output != null && rates.maxOutputTokens() > rates.contextTokens()) {
      notice(output, "is more than context_tokens, which holds prompt and answer");
    }
  }

  private void tier(Value value, Tier tier) {
    if (tier.aboveInputTokens() >= rates.contextTokens()) {
      notice(value, "is never reached: context_tokens is " + rates.contextTokens());
    }
    leftBehind(value, tier.prices());
    serviceTiers(value.section(value.place()), tier.serviceTiers());
  }

  private void serviceTiers(Section section, Map<String, Prices> tiers) {
    List<Section.Named> named =
        section.section("service_tiers", serviceTiers -> serviceTiers.named());
    for (Section.Named tier : named) {
      if (!SERVICE_TIERS.contains(tier.name())) {
        String phrase = Suggestion.phrase(tier.name(), SERVICE_TIERS);
        if (!phrase.isEmpty()) {
          findings.notice(tier.place(), tier.value().key(), "is no service tier we know" + phrase);
        }
      }
      Prices prices = tiers.get(tier.name());
      if (prices != null) {
        leftBehind(tier.value(), prices);
      }
    }
  }

  /**
   * A tier that is dearer than the model's own prices, but does not name all that these name, sells
   * the rest at the old price.
   */
  private void leftBehind(Value value, Prices tier) {
    APART.forEach(
        (whole, parts) -> {
          if (tier.named(whole) <= rates.prices().price(whole)) {
            return;
          }
          List<String> stay = new ArrayList<>();
          for (Meter part : parts) {
            if (rates.prices().isNamed(part) && !tier.isNamed(part)) {
              stay.add(part.key() + " at " + Money.usd(rates.prices().named(part)));
            }
          }
          if (!stay.isEmpty()) {
            notice(
                value,
                "has a dearer " + whole.key() + ", but leaves " + String.join(" and ", stay));
          }
        });
  }

  private void notice(Value value, String message) {
    findings.notice(value.place(), value.key(), message);
  }
}
