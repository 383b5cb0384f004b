package dev.tollgate.pricemap;

import dev.tollgate.pricing.ModelRates;
import java.math.BigDecimal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How many tokens a model takes and makes.
 *
 * @param outputTokens the most of one answer; {@link ModelRates#UNBOUNDED} where the map does not
 *     say
 * @param contextTokens the most of prompt and answer: the map knows the two apart, and their sum
 *     bounds both; {@link ModelRates#UNBOUNDED} where it does not say both
 */
record EntryBounds(
    long outputTokens, String outputSource, long contextTokens, String contextSource) {
  private static final long TOKENS_MAX = 1_000_000_000;
  private static final String INPUT = "max_input_tokens";
  private static final String OUTPUT = "max_output_tokens";

  /** The map's older name, for the output where there is one, else for the input. */
  private static final String EITHER = "max_tokens";

  static final Set<String> KEYS = Set.of(INPUT, OUTPUT, EITHER);

  static EntryBounds of(JsonNode entry, Mode mode) {
    String outputKey = bound(entry, OUTPUT) == null ? EITHER : OUTPUT;
    String inputKey = bound(entry, INPUT) == null ? EITHER : INPUT;
    Long input = bound(entry, inputKey);
    if (!mode.hasOutput()) {
      return new EntryBounds(
          ModelRates.UNBOUNDED, "", input == null ? ModelRates.UNBOUNDED : input, inputKey);
    }
    Long output = bound(entry, outputKey);
    Long both = input == null || output == null ? null : input + output;
    return new EntryBounds(
        output == null ? ModelRates.UNBOUNDED : output,
        outputKey,
        both == null || both > TOKENS_MAX || inputKey.equals(EITHER) ? ModelRates.UNBOUNDED : both,
        INPUT + " + " + outputKey);
  }

  /** Null where the entry does not say it, or not as a number from 1. */
  static @Nullable Long bound(JsonNode entry, String key) {
    Long tokens = whole(entry.path(key));
    return tokens == null || tokens < 1 || tokens > TOKENS_MAX ? null : tokens;
  }

  /** A whole number of at most 10^9, however it is written: {@code 256000.0}. Null for others. */
  static @Nullable Long whole(JsonNode value) {
    if (!value.isNumber()) {
      return null;
    }
    BigDecimal number = value.decimalValue();
    boolean isSmall =
        number.signum() == 0
            || (number.signum() > 0
                && (long) number.precision() - number.scale() <= 10
                && number.compareTo(BigDecimal.valueOf(TOKENS_MAX)) <= 0
                && number.stripTrailingZeros().scale() <= 0);
    return isSmall ? number.longValueExact() : null;
  }
}
