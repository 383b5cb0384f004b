package dev.tollgate.account;

import dev.tollgate.domain.Money;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads a JSON object field by field, strictly: a wrong type, an amount out of range or a field
 * that nobody asked for is a {@link Fault} that names it.
 */
public final class Fields {
  private static final int TEXT_CHARACTERS_MAX = 256;
  private static final int LIST_ENTRIES_MAX = 256;
  private static final Instant TIME_MAX = Instant.parse("9999-12-31T23:59:59Z");

  /** What is wrong with which field; the whole body when {@code param} is null. */
  public static final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final @Nullable String param;

    public Fault(@Nullable String param, String message) {
      super(message, null, false, false);
      this.param = param;
    }

    public @Nullable String param() {
      return param;
    }
  }

  private final JsonNode object;
  private final Set<String> asked = new TreeSet<>();

  public Fields(JsonNode object) {
    if (!object.isObject()) {
      throw new Fault(null, "The request body must be a JSON object.");
    }
    this.object = object;
  }

  /** Whether the field is there and null, which lifts what it limits. */
  public boolean isNull(String name) {
    asked.add(name);
    JsonNode value = object.get(name);
    return value != null && value.isNull();
  }

  public @Nullable String text(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isString()
        || value.stringValue().length() > TEXT_CHARACTERS_MAX
        || !isStorable(value.stringValue())) {
      throw new Fault(
          name,
          name
              + " must be text of at most "
              + TEXT_CHARACTERS_MAX
              + " characters, none of them a control character.");
    }
    return value.stringValue();
  }

  /** Databases take no NUL, tables no line breaks, and nobody half of a character. */
  private static boolean isStorable(String text) {
    return text.codePoints()
        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
  }

  public String requiredText(String name) {
    String text = text(name);
    if (text == null || text.isBlank()) {
      throw new Fault(name, name + " is required.");
    }
    return text;
  }

  public @Nullable Long usd(String name, boolean mayBeNegative) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber() && !value.isString()) {
      throw new Fault(name, name + " must be a number of USD.");
    }
    long nanoUsd;
    try {
      nanoUsd = Money.parseUsd(value.asString());
    } catch (IllegalArgumentException outOfRange) {
      throw new Fault(name, name + ": " + outOfRange.getMessage() + ".");
    }
    if (nanoUsd < 0 && !mayBeNegative) {
      throw new Fault(name, name + " must not be negative.");
    }
    return nanoUsd;
  }

  public @Nullable Long integer(String name, long min, long max) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < min
        || value.longValue() > max) {
      throw new Fault(name, name + " must be a whole number from " + min + " to " + max + ".");
    }
    return value.longValue();
  }

  public @Nullable Boolean flag(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isBoolean()) {
      throw new Fault(name, name + " must be true or false.");
    }
    return value.booleanValue();
  }

  /** Any number, exactly. */
  public @Nullable BigDecimal decimal(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw new Fault(name, name + " must be a number.");
    }
    return value.decimalValue();
  }

  /** A factor such as 0.8, in millionths. */
  public @Nullable Long partsPerMillion(String name, BigDecimal max) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw new Fault(name, name + " must be a number.");
    }
    BigDecimal factor = value.decimalValue();
    if (factor.signum() < 0
        || factor.compareTo(max) > 0
        || factor.stripTrailingZeros().scale() > 6) {
      throw new Fault(name, name + " must lie between 0 and " + max + ", with at most 6 decimals.");
    }
    return factor.movePointRight(6).longValueExact();
  }

  public @Nullable List<String> texts(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isArray() || value.size() > LIST_ENTRIES_MAX) {
      throw new Fault(name, name + " must be a list of at most " + LIST_ENTRIES_MAX + " texts.");
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode entry : value) {
      if (!entry.isString()
          || entry.stringValue().isBlank()
          || entry.stringValue().length() > TEXT_CHARACTERS_MAX
          || !isStorable(entry.stringValue())
          || entry.stringValue().chars().anyMatch(c -> c <= ' ' || c == ',' || c == '|')) {
        throw new Fault(name, name + " must be a list of texts without spaces, commas or bars.");
      }
      texts.add(entry.stringValue());
    }
    return texts;
  }

  public @Nullable Long time(String name) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    try {
      Instant at = OffsetDateTime.parse(text).toInstant();
      if (!at.isBefore(Instant.EPOCH) && at.isBefore(TIME_MAX)) {
        return at.toEpochMilli();
      }
    } catch (DateTimeException notATime) {
      // said below
    }
    throw new Fault(name, name + " must be a time such as 2030-12-31T23:59:59Z.");
  }

  /** The fields of an object within; null when it is not there or null. */
  public @Nullable Fields object(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isObject()) {
      throw new Fault(name, name + " must be an object.");
    }
    return new Fields(value);
  }

  /** The fields of each object of a list within; empty when it is not there or null. */
  public List<Fields> objects(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray() || value.size() > LIST_ENTRIES_MAX) {
      throw new Fault(name, name + " must be a list of at most " + LIST_ENTRIES_MAX + " objects.");
    }
    List<Fields> objects = new ArrayList<>();
    for (JsonNode entry : value) {
      if (!entry.isObject()) {
        throw new Fault(name, name + " must be a list of objects.");
      }
      objects.add(new Fields(entry));
    }
    return objects;
  }

  /** The names of all fields there are. */
  public List<String> names() {
    return List.copyOf(object.propertyNames());
  }

  /** To be called last. */
  public void rejectOthers() {
    for (String name : object.propertyNames()) {
      if (!asked.contains(name)) {
        throw new Fault(name, "There is no field `" + name + "` here; there are " + asked + ".");
      }
    }
  }

  private @Nullable JsonNode value(String name) {
    asked.add(name);
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }
}
