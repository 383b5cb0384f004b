package dev.tollgate.metering;

import dev.tollgate.domain.Usage;
import dev.tollgate.metering.AnswerShape.Part;
import dev.tollgate.metering.AnswerShape.Role;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads usage and delivered text out of the JSON documents of one answer: its body, or the events
 * of its stream one after another. For each document {@link #begin}, any number of {@link #scan},
 * {@link #end}. Not for use by two threads.
 */
final class UsageReader implements JsonListener {
  /** Of a key, a number or a word: a service tier, an id, a status. */
  private static final int STRING_BYTES_MAX = 256;

  private static final int NONE = -1;
  private static final String STANDARD = "standard";

  private final AnswerShape shape;
  private final JsonScanner scanner;
  private final Figures figures = new Figures();
  private final Figures staged = new Figures();
  private final ItemCounter items;

  /** Of the document under way: things that it shows, one by one. */
  private final Figures shown = new Figures();

  private final TextSample text;
  private final Thoughts thoughts = new Thoughts();
  private final ModalityCount modality = new ModalityCount();
  private final ObjectReader object = new ObjectReader();
  private int reasoningId = NONE;
  private @Nullable String servedTier;
  private @Nullable String servedSpeed;
  private boolean isStrange;
  private boolean hasSubstance;
  private boolean isErrorFirst;
  private boolean isListEmpty;
  private boolean hasBegun;
  private boolean hasEvents;

  // of the document under way
  private boolean hasEmptyChoices;
  private boolean hasChoice;
  private boolean hasUsage;
  private boolean hasAskedUsage;
  private boolean hasError;
  private boolean isInCounted;
  private String eventType = "";
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
    this.items = new ItemCounter(shape.items());
    this.text = new TextSample(settings.sampleBytesMax());
  }

  /** A document begins. */
  void begin() {
    scanner.reset();
    beginDocument();
  }

  private void beginDocument() {
    hasEmptyChoices = false;
    hasChoice = false;
    hasUsage = false;
    hasAskedUsage = false;
    hasError = false;
    isInNull = false;
    hasNull = false;
    object.begin();
    eventType = "";
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
    if (shape.isSilentEvent(eventType)) {
      text.cutTo(textBytesBefore);
    }
    boolean hasCounted = items.documentEnded(figures);
    Figure countedAs = shape.countedAs(eventType);
    if (countedAs != null && scanner.isDone()) {
      figures.add(countedAs.index(), 1);
      hasCounted = true;
    }
    boolean isError = hasError || isNamedError || shape.isErrorEvent(eventType);
    if (isError && !hasChoice) {
      isErrorFirst |= !hasSubstance;
    } else {
      hasSubstance |= hasUsage || hasChoice || hasCounted || text.bytes() > textBytesBefore;
      hasBegun |= shape.isPartialEvent(eventType);
    }
    figures.raise(shown);
    shown.clear();
  }

  /** Whether the document has ended in its middle. */
  boolean isCutOff() {
    return scanner.isInside();
  }

  /** Whether there is an answer, or an error in its place. */
  boolean isTold() {
    return hasSubstance || hasBegun || isErrorFirst;
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
    Usage input = surface.input(figures);
    boolean isUnfilled =
        usage != null && surface.isUnfilled(figures, text.bytes(), thoughts.bytes());
    return new Tally(
        isUnfilled ? null : usage,
        isUnfilled && input != null && input.isNone() ? null : input,
        Surface.counted(figures),
        surface.reasoning(figures),
        isStrange,
        isErrorFirst && !hasSubstance,
        text.delivered(),
        servedSpeed == null ? servedTier : servedSpeed,
        object.state(),
        isPromised() ? Objects.requireNonNullElse(object.id(), "") : null,
        isListEmpty);
  }

  /** Events of a stream that has begun are no promise. */
  private boolean isPromised() {
    return !hasSubstance && !hasEvents && shape.isPromise(object.state().status());
  }

  /** The id of the object that the answer is; null while it has not said. */
  @Nullable String objectId() {
    return object.id();
  }

  @Override
  public void begin(int id, JsonType type, long offset) {
    switch (shape.part(id).role()) {
      case USAGE, SIDE_USAGE -> beginUsage(type, false);
      case ASKED_USAGE -> beginUsage(type, true);
      case TOP -> staged.clear();
      case FIGURE, LONE_FIGURE, MODALITY_COUNT ->
          isStrange |= type != JsonType.NUMBER && type != JsonType.NULL;
      case CHOICES -> hasEmptyChoices = type == JsonType.ARRAY;
      case CHOICE -> choiceBegins();
      case LISTED_ITEM -> {
        choiceBegins();
        items.begin();
      }
      case ITEM -> items.begin();
      case COUNTED_LIST -> isListEmpty = type == JsonType.ARRAY;
      case COUNT -> {
        isInCounted = type == JsonType.OBJECT;
        isListEmpty &= !isInCounted;
      }
      case ERROR -> hasError |= type != JsonType.NULL && type != JsonType.FALSE;
      case DOCUMENT -> beginDocument();
      case PASSAGE -> thoughts.begin(text.bytes());
      case IS_THOUGHT -> thoughts.is(type == JsonType.TRUE);
      case MODALITY -> modality.begin();
      case AUDIO, TEXT, REPEATED_TEXT, REASONING, SERVED_TIER, SERVED_SPEED, EVENT_TYPE -> {}
      case ITEM_TYPE, ITEM_STATUS, ITEM_ACTION, MODALITY_NAME, EACH -> {}
      case OBJECT_ID, OBJECT_STATUS, OBJECT_FILE, OBJECT_DONE, OBJECT_TOTAL -> {}
    }
  }

  private void choiceBegins() {
    hasChoice = true;
    hasEmptyChoices = false;
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
    boolean isFigure =
        part.role() == Role.FIGURE
            || part.role() == Role.LONE_FIGURE
            || part.role() == Role.MODALITY_COUNT;
    if (!isFigure) {
      count(part.role(), value, isWhole);
      return;
    }
    if (!isWhole || value < 0 || value > shape.figureMax()) {
      isStrange = true;
    } else if (part.role() == Role.LONE_FIGURE) {
      figures.set(part.slot(), value);
    } else if (part.role() == Role.MODALITY_COUNT) {
      modality.tokens(value);
    } else if (part.isSummed()) {
      staged.add(part.slot(), value);
    } else {
      staged.set(part.slot(), value);
    }
  }

  private void count(Role role, long value, boolean isWhole) {
    boolean isCount = isWhole && value >= 0;
    if (role == Role.OBJECT_DONE && isCount) {
      object.done(value);
    } else if (role == Role.OBJECT_TOTAL && isCount) {
      object.total(value);
    }
  }

  @Override
  public void end(int id, long offset) {
    Part part = shape.part(id);
    switch (part.role()) {
      case USAGE, ASKED_USAGE, TOP -> endUsage(offset, true);
      case SIDE_USAGE -> endUsage(offset, false);
      case ITEM -> items.end(false);
      case LISTED_ITEM -> items.end(true);
      case COUNT -> countEnds(shape.part(id).slot());
      case DOCUMENT -> {
        end(false);
        beginDocument();
      }
      case PASSAGE -> thoughts.end(text.bytes());
      case MODALITY -> modality.end(part.modalities(), staged);
      default -> {}
    }
  }

  private void countEnds(int slot) {
    if (isInCounted) {
      figures.add(slot, 1);
      hasChoice = true;
    }
  }

  private void endUsage(long offset, boolean isOfAnswer) {
    if (isInNull) {
      nullTo = offset;
    } else {
      hasUsage |= isOfAnswer && !staged.isEmpty();
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
    Role role = shape.part(id).role();
    if (role == Role.AUDIO) {
      figures.add(shape.part(id).slot(), to - from);
      hasChoice = true;
      return;
    }
    if (role == Role.REASONING) {
      reasoningId = reasoningId == NONE ? id : reasoningId;
    }
    boolean isKnown =
        (role == Role.REASONING && reasoningId != id)
            || (role == Role.REPEATED_TEXT && textBytesBefore > 0);
    if (!isKnown) {
      text.add(bytes, from, to);
      thoughts.add(role == Role.REASONING ? to - from : 0);
    }
  }

  @Override
  public void string(int id, String value, boolean isWhole) {
    Part part = shape.part(id);
    if (value.isEmpty() || !(isWhole || part.role() == Role.EACH)) {
      return;
    }
    switch (part.role()) {
      case SERVED_TIER -> servedTier = ServiceTiers.named(value);
      case SERVED_SPEED -> servedSpeed = value.equals(STANDARD) ? null : value;
      case MODALITY_NAME -> modality.modality(value);
      case EACH -> shown.add(part.slot(), 1);
      case OBJECT_ID -> object.id(value);
      case OBJECT_STATUS -> object.status(value);
      case OBJECT_FILE -> object.file(value);
      case EVENT_TYPE -> {
        eventType = value;
        hasEvents = true;
      }
      case ITEM_TYPE -> items.type(value);
      case ITEM_STATUS -> items.status(value);
      case ITEM_ACTION -> items.action(value);
      default -> {}
    }
  }
}
