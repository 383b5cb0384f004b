package dev.tollgate.pricemap;

import dev.tollgate.domain.Meter;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Reads the keys of one entry: each is a price, or none of ours, or not understood. */
final class EntryReader {
  private static final String IMAGES_IN = "input_cost_per_image";
  private static final String IMAGES_OUT = "output_cost_per_image";
  private static final String TIERED = "tiered_pricing";
  private static final String SEARCH = "search_context_cost_per_query";
  private static final Pattern SEARCH_SIZE = Pattern.compile("search_context_size_[a-z]+");
  private static final Pattern PRICE_LIKE =
      Pattern.compile(".*(cost|price|pricing|fee|multiplier|uplift|discount|surcharge|billing).*");

  /** Numbers in it multiply prices, by the name of a region or a speed. */
  private static final String SPECIFIC = "provider_specific_entry";

  /** How web searches are counted, where not one by one. */
  private static final String SEARCH_UNIT = "web_search_billing_unit";

  /** What is read elsewhere, or says nothing of money. */
  private static final Set<String> KNOWN =
      Set.of(
          "litellm_provider",
          "mode",
          "source",
          "metadata",
          "comment",
          "deprecation_date",
          "rpm",
          "tpm",
          "output_vector_size",
          SEARCH_UNIT,
          SPECIFIC);

  private final Mode mode;
  private final EntryPrices prices;

  private EntryReader(Mode mode, EntryPrices prices) {
    this.mode = mode;
    this.prices = prices;
  }

  static EntryPrices read(JsonNode entry, Mode mode, boolean isFree) {
    EntryPrices prices = new EntryPrices(isFree);
    EntryReader reader = new EntryReader(mode, prices);
    entry.properties().forEach(field -> reader.field(field.getKey(), field.getValue(), entry));
    return prices;
  }

  private void field(String key, JsonNode value, JsonNode entry) {
    if (value.isNull()) {
      return;
    }
    if (EntryBounds.KEYS.contains(key)) {
      if (EntryBounds.bound(entry, key) == null) {
        prices.remark(Remark.Kind.NOT_UNDERSTOOD, key);
      }
      return;
    }
    PriceKey tokens = PriceKey.ofTokens(key);
    Meter fee = mode.fee(key);
    if (tokens != null) {
      tokens(tokens, key, value);
    } else if (key.equals(TIERED)) {
      tiered(value, entry);
    } else if (key.equals(SEARCH)) {
      search(value);
    } else if (fee != null) {
      fee(fee, key, value, entry);
    } else if (isPriceLike(key, value)) {
      if (!(Mode.isKnownFee(key) && isZero(value))) {
        prices.remark(Remark.Kind.NOT_UNDERSTOOD, key);
      }
    } else if (!KNOWN.contains(key) && !key.startsWith("support")) {
      prices.remark(Remark.Kind.PASSED_OVER, key);
    }
  }

  private static boolean isPriceLike(String key, JsonNode value) {
    if (key.equals(SPECIFIC)) {
      return value.valueStream().anyMatch(JsonNode::isNumber);
    }
    if (key.equals(SEARCH_UNIT)) {
      return !value.asString("").equals("per_query");
    }
    return !key.startsWith("support") && PRICE_LIKE.matcher(key).matches();
  }

  private static boolean isZero(JsonNode value) {
    return value.isNumber() && value.decimalValue().signum() == 0;
  }

  private void tokens(PriceKey price, String key, JsonNode value) {
    if (price.meter().isInput() || mode.hasOutput()) {
      number(price, key, value);
    } else if (!isZero(value)) {
      prices.remark(Remark.Kind.NOT_UNDERSTOOD, key);
    }
  }

  private void number(PriceKey price, String key, JsonNode value) {
    switch (PriceNumber.of(value, price.meter().kind())) {
      case PriceNumber.Faulty(String why) -> prices.fault(key + " " + why);
      case PriceNumber.Usable(long nanoUsd, boolean isRounded) -> {
        prices.put(price, nanoUsd, key);
        if (isRounded) {
          prices.remark(Remark.Kind.ROUNDED, key);
        }
      }
    }
  }

  /**
   * A price for each image is for those that come out. One for those that go in stands for it only
   * where there is no other: so the map prices its older models.
   */
  private void fee(Meter fee, String key, JsonNode value, JsonNode entry) {
    JsonNode out = entry.path(IMAGES_OUT);
    if (key.equals(IMAGES_IN) && out.isNumber() && !isZero(out)) {
      if (!isZero(value) && !isSame(value, out)) {
        prices.remark(Remark.Kind.NOT_UNDERSTOOD, key);
      }
      return;
    }
    number(PriceKey.base(fee), key, value);
  }

  private static boolean isSame(JsonNode left, JsonNode right) {
    return left.isNumber()
        && right.isNumber()
        && left.decimalValue().compareTo(right.decimalValue()) == 0;
  }

  /** Three prices by how much is searched; a card has one. */
  private void search(JsonNode value) {
    boolean isKnown =
        value.isObject()
            && !value.isEmpty()
            && value
                .propertyStream()
                .allMatch(size -> SEARCH_SIZE.matcher(size.getKey()).matches());
    if (!isKnown || !mode.hasOutput()) {
      prices.remark(Remark.Kind.NOT_UNDERSTOOD, SEARCH);
      return;
    }
    value.forEach(price -> number(PriceKey.base(Meter.WEB_SEARCH), SEARCH, price));
  }

  /**
   * The first range is the model's own prices; each further one is a tier above where it begins.
   */
  private void tiered(JsonNode tiers, JsonNode entry) {
    if (!tiers.isArray() || tiers.isEmpty()) {
      prices.fault(TIERED + " is not a list of ranges");
      return;
    }
    long from = 0;
    for (JsonNode tier : tiers) {
      Long begin = EntryBounds.whole(tier.path("range").path(0));
      Long end = EntryBounds.whole(tier.path("range").path(1));
      if (begin == null || end == null || begin != from || end <= begin) {
        prices.fault(TIERED + " has ranges that do not follow one another from 0");
        return;
      }
      for (Map.Entry<String, JsonNode> field : tier.properties()) {
        inRange(field.getKey(), field.getValue(), from, entry);
      }
      from = end;
    }
  }

  private void inRange(String key, JsonNode value, long from, JsonNode entry) {
    String full = TIERED + "." + key;
    PriceKey price = PriceKey.ofTokens(key);
    if (price != null && price.aboveInputTokens() == 0) {
      if (from == 0 && entry.has(key) && !isSame(entry.path(key), value)) {
        prices.fault(key + " is not what " + TIERED + " says");
      }
      tokens(price.above(from), full, value);
    } else if (!key.equals("range")) {
      prices.remark(Remark.Kind.NOT_UNDERSTOOD, full);
    }
  }
}
