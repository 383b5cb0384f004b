package dev.tollgate.pricemap;

import dev.tollgate.domain.Meter;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a key of the map is the price of: {@code input_cost_per_token_above_200k_tokens_priority} is
 * the input of requests above 200,000 tokens that are served as {@code priority}.
 *
 * @param aboveInputTokens 0 for requests of any length
 * @param serviceTier empty for the ordinary one
 */
record PriceKey(Meter meter, long aboveInputTokens, String serviceTier) {
  private static final long THOUSAND = 1000;

  private static final Map<String, Meter> TOKENS =
      Map.ofEntries(
          Map.entry("input_cost_per_token", Meter.INPUT),
          Map.entry("output_cost_per_token", Meter.OUTPUT),
          Map.entry("cache_read_input_token_cost", Meter.CACHE_READ),
          Map.entry("input_cost_per_token_cache_hit", Meter.CACHE_READ),
          Map.entry("cache_creation_input_token_cost", Meter.CACHE_WRITE_5M),
          Map.entry("cache_creation_input_token_cost_above_1hr", Meter.CACHE_WRITE_1H),
          Map.entry("output_cost_per_reasoning_token", Meter.REASONING),
          Map.entry("input_cost_per_audio_token", Meter.AUDIO_INPUT),
          Map.entry("output_cost_per_audio_token", Meter.AUDIO_OUTPUT),
          Map.entry("input_cost_per_image_token", Meter.IMAGE_INPUT),
          Map.entry("output_cost_per_image_token", Meter.IMAGE_OUTPUT));

  /** What the map appends to a key, and what providers call that service tier. */
  private static final Map<String, String> SERVICE_TIERS =
      Map.of("flex", "flex", "priority", "priority", "batches", "batch");

  private static final Pattern KEY =
      Pattern.compile(
          "([a-z_0-9]+?)(?:_above_([1-9][0-9]{0,5})k_tokens)?(?:_(flex|priority|batches))?");

  /** Of requests of any length and the ordinary service tier. */
  static PriceKey base(Meter meter) {
    return new PriceKey(meter, 0, "");
  }

  /** Null for a key that is no price of tokens. */
  static @Nullable PriceKey ofTokens(String key) {
    Matcher parts = KEY.matcher(key);
    Meter meter = parts.matches() ? TOKENS.get(parts.group(1)) : null;
    if (meter == null) {
      return null;
    }
    String above = parts.group(2);
    String service = parts.group(3);
    return new PriceKey(
        meter,
        above == null ? 0 : Long.parseLong(above) * THOUSAND,
        service == null ? "" : SERVICE_TIERS.getOrDefault(service, service));
  }

  PriceKey above(long inputTokens) {
    return new PriceKey(meter, inputTokens, serviceTier);
  }

  boolean isBase() {
    return aboveInputTokens == 0 && serviceTier.isEmpty();
  }

  /** As the card calls it, in {@link dev.tollgate.pricing.CardFact#key()}. */
  String fact() {
    if (meter.kind() == Meter.Kind.FEE) {
      return "fees." + meter.key();
    }
    String tier = aboveInputTokens == 0 ? "" : "tiers." + aboveInputTokens + ".";
    String service = serviceTier.isEmpty() ? "" : "service_tiers." + serviceTier + ".";
    return (isBase() ? "prices." : tier + service) + meter.key();
  }
}
