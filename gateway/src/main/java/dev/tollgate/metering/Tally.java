package dev.tollgate.metering;

import dev.tollgate.domain.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What an answer, whole or broken off, says of its own usage.
 *
 * @param reported the provider's figures, as disjoint meters; null when it gave none that covers
 *     input and output
 * @param inputKnown of those figures, what is known of the input even where the output is not (an
 *     Anthropic stream that broke off); null when nothing is
 * @param counted what the answer shows of things that cost a fee each: images, seconds, search
 *     units; never null, also where no tokens are reported
 * @param reasoningTokens how many of the {@code OUTPUT} that is reported were reasoning, for a card
 *     that prices them apart; they are not taken out of it
 * @param isStrange whether a figure was negative, no number, or absurd: the request is quarantined
 * @param isError whether the answer is an error, in its body or as its first event, with nothing
 *     delivered: not charged
 * @param delivered the text that was produced, to estimate from where {@code reported} is null
 * @param servedTier the service tier that the provider says it served; null when it does not say
 * @param object what it says of itself as something that the provider keeps
 * @param pendingId the provider's name for an answer that is only promised here, and to be asked
 *     for later (a response in the background): nothing is charged by the promise; empty when the
 *     promise has no name, null when this is the answer
 * @param isListEmpty whether it lists what it made, and made nothing: what the request asked for
 *     does not count then
 */
public record Tally(
    @Nullable Usage reported,
    @Nullable Usage inputKnown,
    Usage counted,
    long reasoningTokens,
    boolean isStrange,
    boolean isError,
    DeliveredText delivered,
    @Nullable String servedTier,
    ObjectState object,
    @Nullable String pendingId,
    boolean isListEmpty) {

  /** Of an answer that is here, and kept by nobody. */
  public Tally(
      @Nullable Usage reported,
      @Nullable Usage inputKnown,
      Usage counted,
      long reasoningTokens,
      boolean isStrange,
      boolean isError,
      DeliveredText delivered,
      @Nullable String servedTier) {
    this(
        reported,
        inputKnown,
        counted,
        reasoningTokens,
        isStrange,
        isError,
        delivered,
        servedTier,
        ObjectState.NONE,
        null,
        false);
  }

  /** Of an answer that has said nothing yet. */
  public static final Tally NOTHING = unreported(DeliveredText.NOTHING);

  /** Of an answer that is an error as a whole. */
  public static final Tally ERROR =
      new Tally(null, null, Usage.NONE, 0, false, true, DeliveredText.NOTHING, null);

  /** Of an answer that is counted by what it is, not by what it says. */
  public static Tally counted(Usage counted) {
    return new Tally(null, null, counted, 0, false, false, DeliveredText.NOTHING, null);
  }

  /** Of an answer that delivers, and says nothing of its usage. */
  public static Tally unreported(DeliveredText delivered) {
    return new Tally(null, null, Usage.NONE, 0, false, false, delivered, null);
  }

  /** Whether the answer is still to come. */
  public boolean isPending() {
    return pendingId != null;
  }
}
