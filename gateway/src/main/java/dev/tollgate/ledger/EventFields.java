package dev.tollgate.ledger;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an event, in their order. Events of one act have the same names: they are kept once
 * for all of them, and a field is found without a look at the names of the others. Immutable.
 */
public final class EventFields extends AbstractMap<String, String> {
  private final Names names;
  private final String[] values;

  private EventFields(Names names, String[] values) {
    this.names = names;
    this.values = values;
  }

  /** The same fields. What cannot change is not copied. */
  public static Map<String, String> copyOf(Map<String, String> fields) {
    return fields instanceof EventFields ? fields : Map.copyOf(fields);
  }

  @Override
  public @Nullable String get(@Nullable Object name) {
    Integer place = names.places.get(name);
    return place == null ? null : values[place];
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return names.places.containsKey(name);
  }

  @Override
  public int size() {
    return values.length;
  }

  @Override
  public Set<Entry<String, String>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Entry<String, String>> iterator() {
        return new Entries();
      }

      @Override
      public int size() {
        return values.length;
      }
    };
  }

  private final class Entries implements Iterator<Entry<String, String>> {
    private int next;

    @Override
    public boolean hasNext() {
      return next < values.length;
    }

    @Override
    public Entry<String, String> next() {
      if (next >= values.length) {
        throw new NoSuchElementException();
      }
      int place = next++;
      return Map.entry(names.all[place], values[place]);
    }
  }

  /** Of events of one act. */
  private static final class Names {
    private final String[] all;
    private final Map<String, Integer> places;

    Names(Set<String> names) {
      this.all = names.stream().map(String::intern).toArray(String[]::new);
      this.places = HashMap.newHashMap(all.length);
      for (int place = 0; place < all.length; place++) {
        places.put(all[place], place);
      }
    }

    /** The values of fields of these names in this order; null when the names are others. */
    String @Nullable [] valuesOf(Map<String, String> fields) {
      if (fields.size() != all.length) {
        return null;
      }
      String[] values = new String[all.length];
      int place = 0;
      for (Entry<String, String> field : fields.entrySet()) {
        if (!all[place].equals(field.getKey())) {
          return null;
        }
        values[place++] = Objects.requireNonNull(field.getValue());
      }
      return values;
    }
  }

  /** Makes fields, and knows which names it has seen. Thread-safe. */
  static final class Maker {
    private static final int KNOWN_MAX = 64;

    private volatile Names[] known = {};

    /**
     * @param fields in an order of their own, which does not change
     */
    Map<String, String> make(Map<String, String> fields) {
      for (Names names : known) {
        String[] values = names.valuesOf(fields);
        if (values != null) {
          return new EventFields(names, values);
        }
      }
      return known.length < KNOWN_MAX ? learn(fields) : Map.copyOf(fields);
    }

    private synchronized Map<String, String> learn(Map<String, String> fields) {
      Names names = new Names(fields.keySet());
      Names[] more = Arrays.copyOf(known, known.length + 1);
      more[known.length] = names;
      known = more;
      return new EventFields(names, Objects.requireNonNull(names.valuesOf(fields)));
    }
  }
}
