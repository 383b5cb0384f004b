package dev.tollgate.openapi;

import java.math.BigDecimal;
import java.net.URI;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Keywords of a schema that look at one value and not into it. */
final class ValueRules {
  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  private ValueRules() {}

  static void check(
      String keyword, JsonNode rule, JsonNode value, String where, List<String> faults) {
    boolean fits =
        switch (keyword) {
          case "type" -> isOfType(rule, value);
          case "enum" -> rule.valueStream().anyMatch(value::equals);
          case "pattern" -> !value.isString() || matches(rule.asString(), value.asString());
          case "minLength" -> !value.isString() || value.asString().length() >= rule.intValue();
          case "maxLength" -> !value.isString() || value.asString().length() <= rule.intValue();
          case "maxItems" -> !value.isArray() || value.size() <= rule.intValue();
          case "minimum" ->
              !value.isNumber() || value.decimalValue().compareTo(rule.decimalValue()) >= 0;
          case "maximum" ->
              !value.isNumber() || value.decimalValue().compareTo(rule.decimalValue()) <= 0;
          case "multipleOf" -> !value.isNumber() || isMultiple(value, rule);
          case "format" -> isOfFormat(rule.asString(), value);
          default -> throw new AssertionError("keyword not known here: " + keyword);
        };
    if (!fits) {
      faults.add(where + ": " + keyword + " " + rule + ", got " + value);
    }
  }

  private static boolean matches(String pattern, String text) {
    return PATTERNS.computeIfAbsent(pattern, Pattern::compile).matcher(text).find();
  }

  private static boolean isMultiple(JsonNode value, JsonNode of) {
    return value.decimalValue().remainder(of.decimalValue()).compareTo(BigDecimal.ZERO) == 0;
  }

  private static boolean isOfType(JsonNode rule, JsonNode value) {
    return rule.isArray()
        ? rule.valueStream().anyMatch(one -> isOfType(one, value))
        : switch (rule.asString()) {
          case "object" -> value.isObject();
          case "array" -> value.isArray();
          case "string" -> value.isString();
          case "integer" -> value.isIntegralNumber();
          case "number" -> value.isNumber();
          case "boolean" -> value.isBoolean();
          case "null" -> value.isNull();
          default -> throw new AssertionError("type not known here: " + rule);
        };
  }

  /** Of another type than the format is of, everything is. */
  private static boolean isOfFormat(String format, JsonNode value) {
    try {
      switch (format) {
        case "int64" -> {
          return !value.isIntegralNumber() || value.canConvertToLong();
        }
        case "date-time" -> {
          if (value.isString()) {
            OffsetDateTime.parse(value.asString());
          }
        }
        case "date" -> {
          if (value.isString()) {
            LocalDate.parse(value.asString());
          }
        }
        case "uri-reference" -> {
          if (value.isString()) {
            URI.create(value.asString());
          }
        }
        default -> throw new AssertionError("format not known here: " + format);
      }
      return true;
    } catch (DateTimeException | IllegalArgumentException none) {
      return false;
    }
  }
}
