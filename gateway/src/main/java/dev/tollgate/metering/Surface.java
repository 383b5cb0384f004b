package dev.tollgate.metering;

import static dev.tollgate.metering.Figure.AUDIO_INPUT;
import static dev.tollgate.metering.Figure.AUDIO_OUTPUT;
import static dev.tollgate.metering.Figure.CACHED_AUDIO;
import static dev.tollgate.metering.Figure.CACHED_IMAGE;
import static dev.tollgate.metering.Figure.CACHE_READ;
import static dev.tollgate.metering.Figure.CACHE_WRITE;
import static dev.tollgate.metering.Figure.IMAGE_INPUT;
import static dev.tollgate.metering.Figure.IMAGE_OUTPUT;
import static dev.tollgate.metering.Figure.REASONING;
import static dev.tollgate.metering.Figure.TOOL_INPUT;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which reported figures contain which others, for each kind of answer: the one table that turns
 * what a provider says into meters of which none contains another. A figure that is larger than the
 * one that contains it is clamped to it.
 */
@SuppressWarnings("ImmutableEnumChecker") // all sets are of Set.of
public enum Surface {
  // what lies inside INPUT, beside it; inside OUTPUT, beside it; whether there is an output, and a
  // count of 0 is left out
  OPENAI_CHAT(
      Set.of(CACHE_READ, CACHE_WRITE, AUDIO_INPUT, IMAGE_INPUT),
      Set.of(),
      Set.of(REASONING, AUDIO_OUTPUT, IMAGE_OUTPUT),
      Set.of(),
      true),
  /** As OpenAI's, but for the thoughts. */
  XAI_CHAT(
      Set.of(CACHE_READ, CACHE_WRITE, AUDIO_INPUT, IMAGE_INPUT),
      Set.of(),
      Set.of(AUDIO_OUTPUT, IMAGE_OUTPUT),
      Set.of(REASONING),
      true),
  /** Pictures that a tool makes for the model are counted beside what the model reads and says. */
  OPENAI_RESPONSES(
      Set.of(CACHE_READ, CACHE_WRITE),
      Set.of(IMAGE_INPUT),
      Set.of(REASONING),
      Set.of(IMAGE_OUTPUT),
      true),
  OPENAI_REALTIME(
      Set.of(CACHE_READ, AUDIO_INPUT, IMAGE_INPUT),
      Set.of(),
      Set.of(REASONING, AUDIO_OUTPUT),
      Set.of(),
      true),
  OPENAI_EMBEDDINGS(Set.of(CACHE_READ, IMAGE_INPUT), Set.of(), Set.of(), Set.of(), false),
  /** Output that is not told apart is images. */
  OPENAI_IMAGES(Set.of(CACHE_READ, IMAGE_INPUT), Set.of(IMAGE_OUTPUT), null, IMAGE_OUTPUT),
  /** Input that is not told apart is sound. */
  OPENAI_TRANSCRIPTION(Set.of(CACHE_READ, AUDIO_INPUT), Set.of(), AUDIO_INPUT, null),
  /** Output that is not told apart is sound. */
  OPENAI_SPEECH(Set.of(CACHE_READ), Set.of(AUDIO_OUTPUT), null, AUDIO_OUTPUT),
  /**
   * The one place where a total is the input: what was read of the query and of all documents is
   * all there is, and most providers give no other figure.
   */
  RERANK(Set.of(), Set.of(), Set.of(), Set.of(), false),
  OPENAI_BATCHES(Set.of(CACHE_READ), Set.of(), Set.of(REASONING), Set.of(), true),
  /** Its input is what was trained with: the tokens of all epochs. */
  OPENAI_FINE_TUNING(Set.of(), Set.of(), Set.of(), Set.of(), false),
  ANTHROPIC_MESSAGES(Set.of(), Set.of(CACHE_READ, CACHE_WRITE), Set.of(REASONING), Set.of(), true),
  GEMINI(
      Set.of(CACHE_READ, AUDIO_INPUT, IMAGE_INPUT),
      Set.of(TOOL_INPUT),
      Set.of(AUDIO_OUTPUT, IMAGE_OUTPUT),
      Set.of(REASONING),
      true,
      true);

  /** Sound of 96 kbit/s, which speech is packed to as a rule; base64 makes four bytes of three. */
  private static final long BASE64_BYTES_PER_SECOND = 96_000 / 8 * 4 / 3;

  private final Set<Figure> insideInput;
  private final Set<Figure> besideInput;
  private final Set<Figure> insideOutput;
  private final Set<Figure> besideOutput;
  private final boolean hasOutput;
  private final @Nullable Figure untoldInput;
  private final @Nullable Figure untoldOutput;
  private final boolean leavesZerosOut;

  Surface(
      Set<Figure> insideInput,
      Set<Figure> besideInput,
      Set<Figure> insideOutput,
      Set<Figure> besideOutput,
      boolean hasOutput) {
    this(insideInput, besideInput, insideOutput, besideOutput, hasOutput, false);
  }

  Surface(
      Set<Figure> insideInput,
      Set<Figure> besideInput,
      Set<Figure> insideOutput,
      Set<Figure> besideOutput,
      boolean hasOutput,
      boolean leavesZerosOut) {
    this.insideInput = insideInput;
    this.besideInput = besideInput;
    this.insideOutput = insideOutput;
    this.besideOutput = besideOutput;
    this.hasOutput = hasOutput;
    this.leavesZerosOut = leavesZerosOut;
    this.untoldInput = null;
    this.untoldOutput = null;
  }

  /**
   * @param untoldInput what all of the input is where the answer does not tell its parts
   * @param untoldOutput likewise
   */
  Surface(
      Set<Figure> insideInput,
      Set<Figure> insideOutput,
      @Nullable Figure untoldInput,
      @Nullable Figure untoldOutput) {
    this.insideInput = insideInput;
    this.besideInput = Set.of();
    this.insideOutput = insideOutput;
    this.besideOutput = Set.of();
    this.hasOutput = true;
    this.leavesZerosOut = false;
    this.untoldInput = untoldInput;
    this.untoldOutput = untoldOutput;
  }

  boolean hasOutput() {
    return hasOutput;
  }

  /** The whole usage; null unless both input and output are known. */
  @Nullable Usage usage(Figures figures) {
    Usage input = input(figures);
    if (input == null || !(figures.has(Figure.OUTPUT) || !hasOutput || leavesZerosOut)) {
      return null;
    }
    Share output = new Share(figures, Figure.OUTPUT, insideOutput, besideOutput, untoldOutput);
    long audio = output.take(AUDIO_OUTPUT);
    long image = output.take(IMAGE_OUTPUT);
    return input.toBuilder()
        .set(Meter.AUDIO_OUTPUT, audio)
        .set(Meter.IMAGE_OUTPUT, image)
        .set(Meter.OUTPUT, output.rest + output.beside(REASONING))
        .set(Meter.WEB_SEARCH, figures.get(Figure.WEB_SEARCHES))
        .build();
  }

  /** The input alone; null when it was not reported. */
  @Nullable Usage input(Figures figures) {
    if (!figures.has(Figure.INPUT)) {
      return null;
    }
    Share input = new Share(figures, Figure.INPUT, insideInput, besideInput, untoldInput);
    long cacheRead = input.take(CACHE_READ);
    long written = input.take(CACHE_WRITE, written(figures));
    long writtenFor1h = Math.min(written, figures.get(Figure.CACHE_WRITE_1H));
    long audio = input.take(AUDIO_INPUT, fresh(figures, AUDIO_INPUT, CACHED_AUDIO));
    long image = input.take(IMAGE_INPUT, fresh(figures, IMAGE_INPUT, CACHED_IMAGE));
    return Usage.builder()
        .set(Meter.CACHE_READ, cacheRead)
        .set(Meter.CACHE_WRITE_5M, written - writtenFor1h)
        .set(Meter.CACHE_WRITE_1H, writtenFor1h)
        .set(Meter.AUDIO_INPUT, audio)
        .set(Meter.IMAGE_INPUT, image)
        .set(Meter.INPUT, input.rest + input.beside(TOOL_INPUT))
        .build();
  }

  /** What costs a fee each, as far as the answer counts it. */
  static Usage counted(Figures figures) {
    return Usage.builder()
        .set(Meter.WEB_SEARCH, figures.get(Figure.WEB_SEARCHES))
        .set(Meter.IMAGE, figures.get(Figure.IMAGES))
        .set(Meter.SECOND, Math.max(figures.get(Figure.SECONDS), soundSeconds(figures)))
        .set(Meter.CHARACTER, figures.get(Figure.CHARACTERS))
        .set(Meter.SEARCH_UNIT, figures.get(Figure.SEARCH_UNITS))
        .build();
  }

  private static long soundSeconds(Figures figures) {
    return Math.ceilDiv(figures.get(Figure.AUDIO_BASE64_BYTES), BASE64_BYTES_PER_SECOND);
  }

  /** What was read from the cache has been taken from the input as such. */
  private static long fresh(Figures figures, Figure all, Figure cached) {
    return Math.max(0, figures.get(all) - figures.get(cached));
  }

  /**
   * Whether figures that are complete are a form that nobody has filled in, and no gift: zeros
   * beside text, or an input of nothing where nothing else is sold.
   *
   * @param thoughtBytes how much of the text were thoughts
   */
  boolean isUnfilled(Figures figures, long textBytes, long thoughtBytes) {
    if (!hasOutput) {
      return figures.get(Figure.INPUT) == 0;
    }
    long shownBytes = isReasoningBeside() ? textBytes - thoughtBytes : textBytes;
    boolean hasMade = figures.get(Figure.IMAGES) > 0 || figures.get(Figure.AUDIO_BASE64_BYTES) > 0;
    return figures.get(Figure.OUTPUT) == 0 && (shownBytes > 0 || hasMade);
  }

  private boolean isReasoningBeside() {
    return besideOutput.contains(REASONING);
  }

  /** Of the output, what was reasoning. */
  long reasoning(Figures figures) {
    long reasoning = figures.get(REASONING);
    return isReasoningBeside() ? reasoning : Math.min(reasoning, figures.get(Figure.OUTPUT));
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
    private final Figures figures;
    private final Set<Figure> inside;
    private final Set<Figure> beside;
    private final @Nullable Figure untold;
    private long rest;

    private Share(
        Figures figures,
        Figure total,
        Set<Figure> inside,
        Set<Figure> beside,
        @Nullable Figure untold) {
      this.figures = figures;
      this.inside = inside;
      this.beside = beside;
      this.untold = untold;
      this.rest = figures.get(total);
    }

    private long take(Figure figure) {
      return take(figure, figures.get(figure));
    }

    private long take(Figure figure, long count) {
      if (!inside.contains(figure)) {
        return count;
      }
      boolean isUntold = figure == untold && !figures.has(figure);
      long taken = isUntold ? rest : Math.min(count, rest);
      rest -= taken;
      return taken;
    }

    private long beside(Figure figure) {
      return beside.contains(figure) ? figures.get(figure) : 0;
    }
  }
}
