package dev.tollgate.metering;

import dev.tollgate.metering.JsonPaths.Want;
import java.util.ArrayList;
import java.util.List;
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
    FIGURE,
    LONE_FIGURE,
    COUNT,
    COUNTED_LIST,
    EVENT_TYPE,
    AUDIO,
    TEXT,
    REASONING,
    CHOICES,
    CHOICE,
    ERROR,
    SERVED_TIER
  }

  /**
   * @param slot of the figure
   * @param isSummed whether several of it in one usage object add up
   */
  record Part(Role role, int slot, boolean isSummed) {}

  private final Surface surface;
  private final JsonPaths paths;
  private final Part[] parts;
  private final Set<String> countedTypes;

  private AnswerShape(Builder builder) {
    this.surface = builder.surface;
    this.paths = builder.paths.build();
    this.parts = builder.parts.toArray(new Part[0]);
    this.countedTypes = Set.copyOf(builder.countedTypes);
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

  /** Whether events of that type are counted. */
  boolean isCounted(String type) {
    return countedTypes.contains(type);
  }

  /** Collects the places. */
  public static final class Builder {
    private final Surface surface;
    private final JsonPaths.Builder paths = JsonPaths.builder();
    private final List<Part> parts = new ArrayList<>();
    private Set<String> countedTypes = Set.of();

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

    /** As {@link #figure}, but a fraction of it counts as one more. */
    public Builder roundedUp(String path, Figure figure) {
      paths.want(path, add(Role.FIGURE, figure.index(), false), Want.ROUNDED_UP);
      return this;
    }

    /** As {@link #alias}, outside of any usage object; a fraction of it counts as one more. */
    public Builder loneFigure(String path, Figure figure) {
      int slot = figure.index() + Figures.ALIASES;
      paths.want(path, add(Role.LONE_FIGURE, slot, false), Want.ROUNDED_UP);
      return this;
    }

    /** An array of what the model produced: each object in it, once complete, is one of these. */
    public Builder counted(String path, Figure figure) {
      paths.want(path + "[*]", add(Role.COUNT, figure.index(), false), Want.PLACE);
      return want(path, Want.PLACE, Role.COUNTED_LIST);
    }

    /**
     * Events of a stream that each carry one of what the model produced, told by their type.
     *
     * @param path where events name their type
     */
    public Builder countedEvents(String path, Set<String> types, Figure figure) {
      countedTypes = types;
      paths.want(path, add(Role.EVENT_TYPE, figure.index(), false), Want.STRING);
      return this;
    }

    /** Sound that the model produced, in base64. */
    public Builder audio(String path) {
      paths.want(path, add(Role.AUDIO, Figure.AUDIO_BASE64_BYTES.index(), true), Want.TEXT);
      return this;
    }

    /** Text that the model produced. */
    public Builder text(String path) {
      return want(path, Want.TEXT, Role.TEXT);
    }

    /** Values that the model produced, as JSON: strings, keys, numbers. */
    public Builder values(String path) {
      paths.wantKeysToo(path, add(Role.TEXT, 0, false));
      return this;
    }

    /**
     * Its thoughts, or whatever else an answer may tell more than once. Where several names are
     * given, only the first one seen in an answer counts.
     */
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

    public AnswerShape build() {
      return new AnswerShape(this);
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
      parts.add(new Part(role, slot, isSummed));
      return parts.size() - 1;
    }
  }
}
