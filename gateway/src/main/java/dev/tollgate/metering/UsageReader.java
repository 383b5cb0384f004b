package dev.tollgate.metering;

import dev.tollgate.domain.Usage;
import dev.tollgate.metering.AnswerShape.Part;
import dev.tollgate.metering.AnswerShape.Role;
import org.jspecify.annotations.Nullable;

/**
 * Reads usage and delivered text out of the JSON documents of one answer: its body, or the events
 * of its stream one after another. For each document {@link #begin}, any number of {@link #scan},
 * {@link #end}. Not for use by two threads.
 */
final class UsageReader implements JsonListener {
  /**
   * A hundred times the largest context there is: more tokens than that in one request are absurd.
   */
  static final long FIGURE_MAX = 1_000_000_000L;

  /** Of a key, a number or a service tier. */
  private static final int STRING_BYTES_MAX = 64;

  private static final int NONE = -1;

  private final AnswerShape shape;
  private final JsonScanner scanner;
  private final Figures figures = new Figures();
  private final Figures staged = new Figures();
  private final TextSample text;
  private int reasoningId = NONE;
  private @Nullable String servedTier;
  private boolean isStrange;
  private boolean hasSubstance;
  private boolean isErrorFirst;
  private boolean isListEmpty;

  // of the document under way
  private boolean hasEmptyChoices;
  private boolean hasChoice;
  private boolean hasUsage;
  private boolean hasAskedUsage;
  private boolean hasError;
  private boolean isInCounted;
  private int countedSlot;
  private long textBytesBefore;

  // of its first member that is a usage of null
  private long nullFrom;
  private long nullTo;
  private boolean isNullFirst;
  private boolean isInNull;
  private boolean hasNull;

  UsageReader(AnswerShape shape, MeterSettings settings) {
    this.shape = shape;
    this.scanner = new JsonScanner(shape.paths(), this, settings.depthMax(), STRING_BYTES_MAX);
    this.text = new TextSample(settings.sampleBytesMax());
  }

  /** A document begins. */
  void begin() {
    scanner.reset();
    hasEmptyChoices = false;
    hasChoice = false;
    hasUsage = false;
    hasAskedUsage = false;
    hasError = false;
    countedSlot = NONE;
    isInNull = false;
    hasNull = false;
    textBytesBefore = text.bytes();
  }

  void scan(byte[] bytes, int from, int to, long offset) {
    scanner.scan(bytes, from, to, offset);
  }

  /**
   * The document is over, complete or not.
   *
   * @param isNamedError whether its event was called one
   */
  void end(boolean isNamedError) {
    if (countedSlot != NONE && scanner.isDone()) {
      figures.add(countedSlot, 1);
      hasChoice = true;
    }
    if ((hasError || isNamedError) && !hasChoice) {
      isErrorFirst |= !hasSubstance;
    } else {
      hasSubstance |= hasUsage || hasChoice || text.bytes() > textBytesBefore;
    }
  }

  /** Whether the document is the chunk that a stream carries only because usage was asked for. */
  boolean isAddedUsage() {
    return scanner.isDone() && hasEmptyChoices && hasAskedUsage && !hasError;
  }

  /** Whether the document says {@code "usage":null}. */
  boolean hasNullUsage() {
    return hasNull && scanner.isDone();
  }

  /** Where its first such member stands, with the comma that joins it to the others. */
  long nullUsageFrom() {
    return nullFrom;
  }

  long nullUsageTo() {
    return nullTo;
  }

  Tally tally() {
    Surface surface = shape.surface();
    Usage usage = surface.usage(figures);
    // Zeros beside what was produced are an unfilled form, and no gift.
    boolean isUnfilled = usage != null && usage.outputTokens() == 0 && hasProduced();
    return new Tally(
        isUnfilled ? null : usage,
        surface.input(figures),
        Surface.counted(figures),
        surface.reasoning(figures),
        isStrange,
        isErrorFirst && !hasSubstance,
        isListEmpty,
        text.delivered(),
        servedTier);
  }

  private boolean hasProduced() {
    return text.bytes() > 0
        || figures.get(Figure.IMAGES) > 0
        || figures.get(Figure.AUDIO_BASE64_BYTES) > 0;
  }

  @Override
  public void begin(int id, JsonType type, long offset) {
    switch (shape.part(id).role()) {
      case USAGE -> beginUsage(type, false);
      case ASKED_USAGE -> beginUsage(type, true);
      case FIGURE, LONE_FIGURE -> isStrange |= type != JsonType.NUMBER && type != JsonType.NULL;
      case CHOICES -> hasEmptyChoices = type == JsonType.ARRAY;
      case CHOICE -> {
        hasChoice = true;
        hasEmptyChoices = false;
      }
      case COUNTED_LIST -> isListEmpty = type == JsonType.ARRAY;
      case COUNT -> {
        isInCounted = type == JsonType.OBJECT;
        isListEmpty &= !isInCounted;
      }
      case ERROR -> hasError |= type != JsonType.NULL && type != JsonType.FALSE;
      case EVENT_TYPE, AUDIO, TEXT, REASONING, SERVED_TIER -> {}
    }
  }

  private void beginUsage(JsonType type, boolean isAsked) {
    switch (type) {
      case OBJECT -> {
        staged.clear();
        hasAskedUsage |= isAsked;
      }
      case NULL -> {
        if (isAsked && !hasNull) {
          hasNull = true;
          isInNull = true;
          nullFrom = scanner.memberOffset();
          isNullFirst = scanner.isFirstMember();
        }
      }
      default -> isStrange = true;
    }
  }

  @Override
  public void number(int id, long value, boolean isWhole) {
    Part part = shape.part(id);
    if (part.role() != Role.FIGURE && part.role() != Role.LONE_FIGURE) {
      return;
    }
    if (!isWhole || value < 0 || value > FIGURE_MAX) {
      isStrange = true;
    } else if (part.role() == Role.LONE_FIGURE) {
      figures.set(part.slot(), value);
    } else if (part.isSummed()) {
      staged.add(part.slot(), value);
    } else {
      staged.set(part.slot(), value);
    }
  }

  @Override
  public void end(int id, long offset) {
    Role role = shape.part(id).role();
    if (role == Role.COUNT && isInCounted) {
      figures.add(shape.part(id).slot(), 1);
      hasChoice = true;
    }
    if (role != Role.USAGE && role != Role.ASKED_USAGE) {
      return;
    }
    if (isInNull) {
      nullTo = offset;
    } else {
      hasUsage |= !staged.isEmpty();
      figures.merge(staged);
      staged.clear();
    }
  }

  @Override
  public void next(int id, long offset) {
    if (isInNull) {
      isInNull = false;
      // A first member has no comma before it: the one after it goes, up to the next key.
      nullTo = isNullFirst ? offset : nullTo;
    }
  }

  @Override
  public void text(int id, byte[] bytes, int from, int to) {
    Part part = shape.part(id);
    if (part.role() == Role.AUDIO) {
      figures.add(part.slot(), to - from);
      hasChoice = true;
      return;
    }
    if (part.role() == Role.REASONING) {
      reasoningId = reasoningId == NONE ? id : reasoningId;
      if (reasoningId != id) {
        return;
      }
    }
    text.add(bytes, from, to);
  }

  @Override
  public void string(int id, String value, boolean isWhole) {
    Part part = shape.part(id);
    if (part.role() == Role.EVENT_TYPE) {
      countedSlot = isWhole && shape.isCounted(value) ? part.slot() : NONE;
    } else if (isWhole && !value.isEmpty()) {
      servedTier = value;
    }
  }
}
