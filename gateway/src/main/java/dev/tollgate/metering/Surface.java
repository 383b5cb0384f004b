package dev.tollgate.metering;

import static dev.tollgate.metering.Figure.AUDIO_INPUT;
import static dev.tollgate.metering.Figure.AUDIO_OUTPUT;
import static dev.tollgate.metering.Figure.CACHE_READ;
import static dev.tollgate.metering.Figure.CACHE_WRITE;
import static dev.tollgate.metering.Figure.IMAGE_INPUT;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which reported figures contain which others, for each kind of answer: the one table that turns
 * what a provider says into meters of which none contains another. Reasoning lies inside the output
 * on all of these. A figure that is larger than the one that contains it is clamped to it.
 */
@SuppressWarnings("ImmutableEnumChecker") // both sets are of Set.of
public enum Surface {
  // which figures lie inside INPUT, which inside OUTPUT, and whether there is an output
  OPENAI_CHAT(
      Set.of(CACHE_READ, CACHE_WRITE, AUDIO_INPUT, IMAGE_INPUT), Set.of(AUDIO_OUTPUT), true),
  OPENAI_EMBEDDINGS(Set.of(CACHE_READ, IMAGE_INPUT), Set.of(), false),
  ANTHROPIC_MESSAGES(Set.of(), Set.of(), true);

  private final Set<Figure> insideInput;
  private final Set<Figure> insideOutput;
  private final boolean hasOutput;

  Surface(Set<Figure> insideInput, Set<Figure> insideOutput, boolean hasOutput) {
    this.insideInput = insideInput;
    this.insideOutput = insideOutput;
    this.hasOutput = hasOutput;
  }

  /** The whole usage; null unless both input and output are known. */
  @Nullable Usage usage(Figures figures) {
    Usage input = input(figures);
    if (input == null || (hasOutput && !figures.has(Figure.OUTPUT))) {
      return null;
    }
    Share output = new Share(figures.get(Figure.OUTPUT), insideOutput);
    long audio = output.take(AUDIO_OUTPUT, figures.get(AUDIO_OUTPUT));
    return input.toBuilder()
        .set(Meter.AUDIO_OUTPUT, audio)
        .set(Meter.OUTPUT, output.rest)
        .set(Meter.WEB_SEARCH, figures.get(Figure.WEB_SEARCHES))
        .build();
  }

  /** The input alone; null when it was not reported. */
  @Nullable Usage input(Figures figures) {
    if (!figures.has(Figure.INPUT)) {
      return null;
    }
    Share input = new Share(figures.get(Figure.INPUT), insideInput);
    long cacheRead = input.take(CACHE_READ, figures.get(CACHE_READ));
    long written = input.take(CACHE_WRITE, written(figures));
    long writtenFor1h = Math.min(written, figures.get(Figure.CACHE_WRITE_1H));
    long audio = input.take(AUDIO_INPUT, figures.get(AUDIO_INPUT));
    long image = input.take(IMAGE_INPUT, figures.get(IMAGE_INPUT));
    return Usage.builder()
        .set(Meter.CACHE_READ, cacheRead)
        .set(Meter.CACHE_WRITE_5M, written - writtenFor1h)
        .set(Meter.CACHE_WRITE_1H, writtenFor1h)
        .set(Meter.AUDIO_INPUT, audio)
        .set(Meter.IMAGE_INPUT, image)
        .set(Meter.INPUT, input.rest)
        .build();
  }

  /** Of the output, what was reasoning. */
  long reasoning(Figures figures) {
    return Math.min(figures.get(Figure.REASONING), figures.get(Figure.OUTPUT));
  }

  /**
   * What the split says, or the flat figure where that says more; the rest of it is of 5 minutes.
   */
  private static long written(Figures figures) {
    long split = figures.get(Figure.CACHE_WRITE_5M) + figures.get(Figure.CACHE_WRITE_1H);
    return Math.max(split, figures.get(CACHE_WRITE));
  }

  /** A total from which its parts are taken. */
  private static final class Share {
    private final Set<Figure> inside;
    private long rest;

    private Share(long total, Set<Figure> inside) {
      this.rest = total;
      this.inside = inside;
    }

    private long take(Figure figure, long count) {
      if (!inside.contains(figure)) {
        return count;
      }
      long taken = Math.min(count, rest);
      rest -= taken;
      return taken;
    }
  }
}
