package dev.tollgate.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mapping that is being read. It remembers which keys were asked for, so that {@link #readWhole}
 * can report those that nobody knows. Each read takes the fallback for a key that is not there; a
 * key that must be there is named in {@link #require} as well.
 */
final class Section {
  private final Map<String, Node.Entry> entries = new LinkedHashMap<>();
  private final Set<String> known = new LinkedHashSet<>();
  private final String path;
  private final Place place;
  private final Findings findings;
  private final boolean isReadable;

  /**
   * @param node a mapping, or nothing for an empty one; of anything else nothing is required
   * @param place where a missing key is reported
   */
  Section(Node node, String path, Place place, Findings findings) {
    this.path = path;
    this.place = place;
    this.findings = findings;
    this.isReadable = node instanceof Node.Mapping || node instanceof Node.Nothing;
    if (node instanceof Node.Mapping mapping) {
      mapping.entries().forEach(entry -> entries.put(entry.key(), entry));
    }
  }

  Findings findings() {
    return findings;
  }

  void fault(String message) {
    findings.fault(place, path, message);
  }

  /** Reports those of the keys that are not there. */
  Section require(String... keys) {
    for (String key : keys) {
      known.add(key);
      if (isReadable && !entries.containsKey(key)) {
        findings.fault(place, pathOf(key), "is missing and has no default");
      }
    }
    return this;
  }

  boolean has(String key) {
    known.add(key);
    return entries.containsKey(key);
  }

  @Nullable Value value(String key) {
    known.add(key);
    Node.Entry entry = entries.get(key);
    return entry == null ? null : new Value(entry.value(), pathOf(key), findings);
  }

  /** Reads a value in a way of its own, if it is there. */
  <T> T read(String key, T fallback, Function<Value, T> reader) {
    Value value = value(key);
    return value == null ? fallback : reader.apply(value);
  }

  /** The same without a fallback: null where it is not there. */
  <T> @Nullable T readOrNull(String key, Function<Value, T> reader) {
    Value value = value(key);
    return value == null ? null : reader.apply(value);
  }

  String text(String key, String fallback) {
    return read(key, fallback, value -> value.text(fallback));
  }

  boolean flag(String key, boolean fallback) {
    return read(key, fallback, value -> value.flag(fallback));
  }

  long whole(String key, long fallback, long min, long max) {
    return read(key, fallback, value -> value.whole(fallback, min, max));
  }

  int integer(String key, int fallback, int min, int max) {
    return (int) whole(key, fallback, min, max);
  }

  /** A bound on a count, from 1. */
  int count(String key, int fallback) {
    return integer(key, fallback, 1, Integer.MAX_VALUE);
  }

  /** A duration, from 1 millisecond. */
  long millis(String key, long fallback) {
    return read(key, fallback, value -> value.millis(fallback, 1, Long.MAX_VALUE));
  }

  /** A duration, from 1 millisecond to 24 days. */
  int millis(String key, int fallback) {
    return read(key, fallback, value -> (int) value.millis(fallback, 1, Integer.MAX_VALUE));
  }

  /** A size, from 1 byte. */
  long bytes(String key, long fallback) {
    return read(key, fallback, value -> value.bytes(fallback, 1, Long.MAX_VALUE));
  }

  /** A size, from 1 byte to 2 GiB. */
  int bytes(String key, int fallback) {
    return read(key, fallback, value -> (int) value.bytes(fallback, 1, Integer.MAX_VALUE));
  }

  /** A section within this one; one that is not there reads as empty. */
  <T> T section(String key, Function<Section, T> reader) {
    Value value = value(key);
    Section section =
        value == null
            ? new Section(new Node.Nothing(place), pathOf(key), place, findings)
            : value.section(entryPlace(key));
    return section.readWhole(reader);
  }

  /** Reads this section and reports the keys that the reader did not ask for. */
  <T> T readWhole(Function<Section, T> reader) {
    T read = reader.apply(this);
    end();
    return read;
  }

  /** The values of a list; none where it is not there. */
  List<Value> items(String key) {
    Value value = value(key);
    return value == null ? List.of() : value.items();
  }

  /** Every key with its value, for mappings whose keys are names. */
  List<Named> named() {
    List<Named> named = new ArrayList<>();
    for (Node.Entry entry : entries.values()) {
      known.add(entry.key());
      named.add(
          new Named(
              entry.key(), entry.place(), new Value(entry.value(), pathOf(entry.key()), findings)));
    }
    return named;
  }

  /**
   * A name and what it names.
   *
   * @param place of the name
   */
  record Named(String name, Place place, Value value) {
    void fault(String message) {
      value.findings().fault(place, value.key(), message);
    }

    <T> T section(Function<Section, T> reader) {
      return value.section(place).readWhole(reader);
    }
  }

  /** Reports the keys that were never asked for. */
  private void end() {
    for (Node.Entry entry : entries.values()) {
      if (!known.contains(entry.key())) {
        findings.fault(
            entry.place(),
            pathOf(entry.key()),
            "is not a key that is known here" + Suggestion.phrase(entry.key(), known));
      }
    }
  }

  private Place entryPlace(String key) {
    Node.Entry entry = entries.get(key);
    return entry == null ? place : entry.place();
  }

  private String pathOf(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
