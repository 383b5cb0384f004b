package dev.tollgate.config;

import java.util.List;

/** A value of a YAML file, with the place where it stands. */
sealed interface Node {
  Place place();

  /** For messages: {@code a list}, {@code "8080x"}. */
  String description();

  /** Keys in the order of the file, each once. */
  record Mapping(Place place, List<Entry> entries) implements Node {
    @Override
    public String description() {
      return "a mapping";
    }
  }

  /** A key and its value. */
  record Entry(String key, Place place, Node value) {}

  /** The items of a list. */
  record Sequence(Place place, List<Node> items) implements Node {
    @Override
    public String description() {
      return "a list";
    }
  }

  /** An empty value, {@code null} or {@code ~}. */
  record Nothing(Place place) implements Node {
    @Override
    public String description() {
      return "nothing";
    }
  }

  /** A value whose variables could not be filled in: its fault has been reported. */
  record Unfilled(Place place, String source) implements Node {
    @Override
    public String description() {
      return source;
    }
  }

  /**
   * A single value.
   *
   * @param source as it stands in the file, before variables are filled in
   * @param value with variables filled in: may be a secret
   */
  record Scalar(Place place, String source, String value, Form form) implements Node {
    private static final int SHOWN_CHARACTERS_MAX = 60;

    @Override
    public String description() {
      String shown =
          source.length() > SHOWN_CHARACTERS_MAX
              ? source.substring(0, SHOWN_CHARACTERS_MAX) + "…"
              : source;
      return form == Form.TEXT ? "\"" + shown + "\"" : shown;
    }

    @Override
    public String toString() {
      return form + " at " + place;
    }
  }

  /** What a scalar can be read as. */
  enum Form {
    TEXT,
    NUMBER,
    BOOLEAN,
    /** It came from a variable: whatever is asked for. */
    ANY
  }
}
