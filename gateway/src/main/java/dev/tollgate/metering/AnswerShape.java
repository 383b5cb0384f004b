package dev.tollgate.metering;

import dev.tollgate.metering.JsonPaths.Want;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where the answers of one endpoint carry what matters: all that a new wire format has to say of
 * them. The same shape serves a JSON body and the events of a stream; a path that only one of them
 * has does no harm in the other. Paths are written as in {@link JsonPaths}. Immutable.
 */
public final class AnswerShape {
  enum Role {
    USAGE,
    ASKED_USAGE,
    SIDE_USAGE,
    TOP,
    FIGURE,
    TEXT,
    REPEATED_TEXT,
    REASONING,
    CHOICES,
    CHOICE,
    ERROR,
    SERVED_TIER,
    SERVED_SPEED,
    DOCUMENT,
    PASSAGE,
    IS_THOUGHT,
    MODALITY,
    MODALITY_NAME,
    MODALITY_COUNT,
    EACH,
    OBJECT_ID,
    OBJECT_STATUS,
    OBJECT_FILE,
    OBJECT_DONE,
    OBJECT_TOTAL,
    EVENT_TYPE,
    LISTED_ITEM,
    ITEM,
    ITEM_TYPE,
    ITEM_STATUS,
    ITEM_ACTION
  }

  /**
   * @param slot of the figure
   * @param isSummed whether several of it in one usage object add up
   * @param modalities the slots of the figures by the name of their modality
   */
  record Part(Role role, int slot, boolean isSummed, Map<String, Integer> modalities) {}

  private final Surface surface;
  private final JsonPaths paths;
  private final Part[] parts;
  private final long figureMax;
  private final Set<String> errorEvents;
  private final Set<String> silentEvents;
  private final Set<String> promises;
  private final Map<String, Figure> items;

  private AnswerShape(Builder builder) {
    this.surface = builder.surface;
    this.paths = builder.paths.build();
    this.parts = builder.parts.toArray(new Part[0]);
    this.figureMax = builder.figureMax;
    this.errorEvents = Set.copyOf(builder.errorEvents);
    this.silentEvents = Set.copyOf(builder.silentEvents);
    this.promises = Set.copyOf(builder.promises);
    this.items = Map.copyOf(builder.items);
  }

  public static Builder of(Surface surface) {
    return new Builder(surface);
  }

  Surface surface() {
    return surface;
  }

  JsonPaths paths() {
    return paths;
  }

  Part part(int id) {
    return parts[id];
  }

  /** A larger figure is absurd. */
  long figureMax() {
    return figureMax;
  }

  boolean isErrorEvent(String type) {
    return errorEvents.contains(type);
  }

  boolean isSilentEvent(String type) {
    return silentEvents.contains(type);
  }

  /** Whether an answer of that status is still to come. */
  boolean isPromise(String status) {
    return promises.contains(status);
  }

  /** What items of output count as, by their types. */
  Map<String, Figure> items() {
    return items;
  }

  /** Collects the places. */
  public static final class Builder {
    /** A hundred times the largest context there is. */
    private static final long FIGURE_MAX = 1_000_000_000L;

    /** Of as many requests as any batch has. */
    private static final long SUM_MAX = 1_000_000_000_000L;

    private final Surface surface;
    private final JsonPaths.Builder paths = JsonPaths.builder();
    private final List<Part> parts = new ArrayList<>();
    private long figureMax = FIGURE_MAX;
    private final Set<String> errorEvents = new HashSet<>();
    private final Set<String> silentEvents = new HashSet<>();
    private final Set<String> promises = new HashSet<>();
    private final Map<String, Figure> items = new HashMap<>();

    private Builder(Surface surface) {
      this.surface = surface;
    }

    /** The array of answers: an event in which it is not empty is never dropped. */
    public Builder choices(String path) {
      return want(path, Want.PLACE, Role.CHOICES).want(path + "[*]", Want.PLACE, Role.CHOICE);
    }

    /** The object around figures: what it says counts once it is complete. */
    public Builder usage(String path) {
      return want(path, Want.MEMBER, Role.USAGE);
    }

    /** As {@link #usage}: the one that a stream only carries when it was asked for. */
    public Builder askedUsage(String path) {
      return want(path, Want.MEMBER, Role.ASKED_USAGE);
    }

    /** As {@link #usage}, of what is used beside; it may be there while nothing is answered yet. */
    public Builder sideUsage(String path) {
      return want(path, Want.MEMBER, Role.SIDE_USAGE);
    }

    /** Figures stand at the top of a document, too. */
    public Builder usageAtTop() {
      return want("", Want.PLACE, Role.TOP);
    }

    public Builder figure(String path, Figure figure) {
      return figure(path, figure.index(), false);
    }

    /** Another name of the figure; the populated one counts. */
    public Builder alias(String path, Figure figure) {
      return figure(path, figure.index() + Figures.ALIASES, false);
    }

    /** A list of parts of the figure; their sum stands beside the figure, and the larger counts. */
    public Builder sum(String path, Figure figure) {
      return figure(path, figure.index() + Figures.ALIASES, true);
    }

    /** Figures are sums over many requests. */
    public Builder ofMany() {
      figureMax = SUM_MAX;
      return this;
    }

    /** Text that the model produced. */
    public Builder text(String path) {
      return want(path, Want.TEXT, Role.TEXT);
    }

    /** The same text once more, as a whole: counts where none has come in pieces before. */
    public Builder repeatedText(String path) {
      return want(path, Want.TEXT, Role.REPEATED_TEXT);
    }

    /** Values that the model produced, as JSON: strings, keys, numbers. */
    public Builder values(String path) {
      paths.wantKeysToo(path, add(Role.TEXT, 0, false));
      return this;
    }

    /** Its thoughts. Where several names are given, only the first one seen in an answer counts. */
    public Builder reasoning(String path) {
      return want(path, Want.TEXT, Role.REASONING);
    }

    /** An error in place of an answer. */
    public Builder error(String path) {
      return want(path, Want.PLACE, Role.ERROR);
    }

    public Builder servedTier(String path) {
      return want(path, Want.STRING, Role.SERVED_TIER);
    }

    /** A speed that is sold as a tier of its own; the standard one is none. */
    public Builder servedSpeed(String path) {
      return want(path, Want.STRING, Role.SERVED_SPEED);
    }

    /** Each element of a body that is an array is what an event is in a stream. */
    public Builder documents(String path) {
      return want(path, Want.PLACE, Role.DOCUMENT);
    }

    /** An object around text, which its {@code thought} may say is none of the answer itself. */
    public Builder passage(String path) {
      return want(path, Want.PLACE, Role.PASSAGE)
          .want(path + ".thought", Want.PLACE, Role.IS_THOUGHT);
    }

    /**
     * Of a figure, how much is of which kind: a list of {@code {"modality", "tokenCount"}}. Kinds
     * that are not named here are left in the figure.
     */
    public Builder modalities(String path, Map<String, Figure> figures) {
      Map<String, Integer> slots = new HashMap<>();
      figures.forEach((modality, figure) -> slots.put(modality, figure.index()));
      Part entry = new Part(Role.MODALITY, 0, true, Map.copyOf(slots));
      paths.want(path + "[*]", add(entry), Want.PLACE);
      return want(path + "[*].modality", Want.STRING, Role.MODALITY_NAME)
          .want(path + "[*].tokenCount", Want.PLACE, Role.MODALITY_COUNT);
    }

    /** Every string there that is not empty counts one, in each document anew. */
    public Builder each(String path, Figure figure) {
      paths.want(path, add(Role.EACH, figure.index(), false), Want.STRING);
      return this;
    }

    /** The name under which the provider keeps what this answer is, and how far that has come. */
    public Builder object(String idPath, String statusPath) {
      return want(idPath, Want.STRING, Role.OBJECT_ID)
          .want(statusPath, Want.STRING, Role.OBJECT_STATUS);
    }

    /** The id of a file that has come of it. */
    public Builder objectFile(String path) {
      return want(path, Want.STRING, Role.OBJECT_FILE);
    }

    /** How many of the requests in it have been answered, of how many. */
    public Builder objectRequests(String donePath, String totalPath) {
      return want(donePath, Want.PLACE, Role.OBJECT_DONE)
          .want(totalPath, Want.PLACE, Role.OBJECT_TOTAL);
    }

    /** Where the data of a stream's events name their type. */
    public Builder eventType(String path) {
      return want(path, Want.STRING, Role.EVENT_TYPE);
    }

    /** Events of this type are errors, whatever else they say. */
    public Builder errorEvent(String type) {
      errorEvents.add(type);
      return this;
    }

    /** What events of this type have in places of text is none, or is told by others. */
    public Builder silentEvent(String type) {
      silentEvents.add(type);
      return this;
    }

    /** The words for an object that is no answer yet, but is still to come. */
    public Builder promised(String... statuses) {
      promises.addAll(List.of(statuses));
      return this;
    }

    /** The list of all items of output; as {@link #choices}. */
    public Builder items(String path) {
      return item(path + "[*]", Role.LISTED_ITEM);
    }

    /** One item of output, in an event about it alone. */
    public Builder item(String path) {
      return item(path, Role.ITEM);
    }

    /** Items of this type, once they are done, count as one of the figure. */
    public Builder counting(String itemType, Figure figure) {
      items.put(itemType, figure);
      return this;
    }

    public AnswerShape build() {
      return new AnswerShape(this);
    }

    private Builder item(String path, Role role) {
      return want(path, Want.PLACE, role)
          .want(path + ".type", Want.STRING, Role.ITEM_TYPE)
          .want(path + ".status", Want.STRING, Role.ITEM_STATUS)
          .want(path + ".action.type", Want.STRING, Role.ITEM_ACTION);
    }

    private Builder figure(String path, int slot, boolean isSummed) {
      paths.want(path, add(Role.FIGURE, slot, isSummed), Want.PLACE);
      return this;
    }

    private Builder want(String path, Want want, Role role) {
      paths.want(path, add(role, 0, false), want);
      return this;
    }

    private int add(Role role, int slot, boolean isSummed) {
      return add(new Part(role, slot, isSummed, Map.of()));
    }

    private int add(Part part) {
      parts.add(part);
      return parts.size() - 1;
    }
  }
}
