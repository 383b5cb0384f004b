package dev.tollgate.pricemap;

import dev.tollgate.domain.Meter;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a model of the map is for. It decides which prices are needed, and which of the fees in the
 * map mean what a card's fees mean.
 *
 * @param names as the map has them
 * @param fees by their keys in the map
 * @param hasOutput whether tokens come out
 * @param ways to sell such a model, each by the prices it needs, the better ones first
 */
record Mode(List<String> names, Map<String, Meter> fees, boolean hasOutput, List<Set<Meter>> ways) {

  private static final Set<Meter> TEXT = Set.of(Meter.INPUT, Meter.OUTPUT);

  private static final List<Mode> ALL =
      List.of(
          new Mode(List.of("chat", "completion", "responses"), Map.of(), true, List.of(TEXT)),
          new Mode(List.of("embedding"), Map.of(), false, List.of(Set.of(Meter.INPUT))),
          new Mode(
              List.of("moderation"),
              Map.of(),
              false,
              List.of(Set.of(Meter.INPUT), Set.of(Meter.REQUEST))),
          new Mode(
              List.of("rerank"),
              Map.of("input_cost_per_query", Meter.SEARCH_UNIT),
              false,
              List.of(Set.of(Meter.INPUT), Set.of(Meter.SEARCH_UNIT))),
          // a price for each image is better than one for text that comes out
          new Mode(
              List.of("image_generation", "image_edit"),
              Map.of("output_cost_per_image", Meter.IMAGE, "input_cost_per_image", Meter.IMAGE),
              true,
              List.of(Set.of(Meter.INPUT, Meter.IMAGE_OUTPUT), Set.of(Meter.IMAGE), TEXT)),
          new Mode(
              List.of("audio_transcription"),
              Map.of("input_cost_per_second", Meter.SECOND, "output_cost_per_second", Meter.SECOND),
              true,
              List.of(TEXT, Set.of(Meter.AUDIO_INPUT, Meter.OUTPUT), Set.of(Meter.SECOND))),
          new Mode(
              List.of("audio_speech"),
              Map.of("input_cost_per_character", Meter.CHARACTER),
              true,
              List.of(TEXT, Set.of(Meter.INPUT, Meter.AUDIO_OUTPUT), Set.of(Meter.CHARACTER))));

  /** Fees that mean the same in every mode. */
  private static final Map<String, Meter> FEES = Map.of("input_cost_per_request", Meter.REQUEST);

  /** Fees that stand for what tokens may price as well: a card has one or the other. */
  private static final Set<Meter> INSTEAD_OF_TOKENS =
      Set.of(Meter.IMAGE, Meter.SECOND, Meter.CHARACTER, Meter.SEARCH_UNIT);

  /** Null for a mode that no endpoint serves. */
  static @Nullable Mode of(String name) {
    return ALL.stream().filter(mode -> mode.names.contains(name)).findFirst().orElse(null);
  }

  /** Whether any mode knows the key, so that a 0 for it loses nothing. */
  static boolean isKnownFee(String key) {
    return FEES.containsKey(key) || ALL.stream().anyMatch(mode -> mode.fees.containsKey(key));
  }

  @Nullable Meter fee(String key) {
    Meter meter = fees.get(key);
    return meter == null ? FEES.get(key) : meter;
  }

  /**
   * Whether the meter would charge once more for what is sold this way. An image's own price leaves
   * the text that goes in to be charged.
   */
  static boolean isDouble(Meter meter, Set<Meter> way) {
    if (meter.kind() == Meter.Kind.FEE) {
      return INSTEAD_OF_TOKENS.contains(meter) && !way.contains(meter);
    }
    boolean isByTokens = way.contains(Meter.INPUT) || way.contains(Meter.AUDIO_INPUT);
    return !isByTokens && (meter.isOutput() || !way.contains(Meter.IMAGE));
  }

  /** What is needed, for people: {@code input and output, or second}. */
  String needs() {
    return String.join(", or ", ways.stream().map(Mode::named).toList());
  }

  private static String named(Set<Meter> way) {
    return String.join(" and ", EnumSet.copyOf(way).stream().map(Meter::key).toList());
  }
}
