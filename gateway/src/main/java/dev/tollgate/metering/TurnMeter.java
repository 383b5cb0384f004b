package dev.tollgate.metering;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import org.jspecify.annotations.Nullable;

/** Counts one response of a Realtime session, as its events pass. Not for use by two threads. */
public final class TurnMeter {
  private static final Surface SURFACE = Surface.OPENAI_REALTIME;

  /**
   * Sound of 16 bits, 24,000 times a second, in base64: no other format that is sent here has as
   * many characters to a second, so that an estimate from it is never too much.
   */
  private static final long AUDIO_CHARACTERS_PER_SECOND = 2 * 24_000 * 4 / 3;

  private final TextSample text;
  private long audioCharacters;
  private @Nullable Usage reported;
  private @Nullable Usage inputKnown;
  private long reasoningTokens;
  private boolean isStrange;

  public TurnMeter(MeterSettings settings) {
    text = new TextSample(settings.sampleBytesMax());
  }

  /**
   * @param textBytes of text, the first of which are the sample
   * @param audio characters of base64
   */
  void delivered(long textBytes, long audio, DeliveredText sample) {
    text.add(sample.sample(), 0, sample.sample().length);
    text.countMore(textBytes - sample.sample().length);
    audioCharacters += audio;
  }

  /** The response is over, and has said what it took. */
  void done(Figures figures, boolean hasUsage, boolean isOdd) {
    isStrange |= isOdd;
    if (!hasUsage) {
      return;
    }
    Usage usage = SURFACE.usage(figures);
    boolean isUnfilled =
        usage != null && SURFACE.isUnfilled(figures, text.bytes() + audioCharacters, 0);
    reported = isUnfilled ? null : usage;
    inputKnown = SURFACE.input(figures);
    reasoningTokens = SURFACE.reasoning(figures);
  }

  /** Whether anything has been delivered. */
  public boolean hasDelivered() {
    return text.bytes() > 0 || audioCharacters > 0;
  }

  public Tally tally() {
    return new Tally(
        reported,
        inputKnown,
        Usage.of(Meter.SECOND, audioCharacters / AUDIO_CHARACTERS_PER_SECOND),
        reasoningTokens,
        isStrange,
        false,
        text.delivered(),
        null);
  }
}
