package dev.tollgate.openapi;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Holds JSON against the schemas of a description: those keywords of JSON Schema that it uses. One
 * that is not known here is an error of the schema, so that nothing is passed over.
 */
final class SchemaCheck {
  private static final Set<String> NOTES =
      Set.of("description", "title", "examples", "default", "deprecated");

  private final JsonNode description;

  SchemaCheck(JsonNode description) {
    this.description = description;
  }

  /** What does not fit, each with where it is; empty when all does. */
  List<String> faults(JsonNode schema, JsonNode value, String where) {
    List<String> faults = new ArrayList<>();
    JsonNode meant = resolved(schema);
    for (Map.Entry<String, JsonNode> rule : meant.properties()) {
      check(rule.getKey(), rule.getValue(), meant, value, where, faults);
    }
    return faults;
  }

  /** What a reference stands for; anything else is itself. */
  JsonNode resolved(JsonNode node) {
    JsonNode reference = node.path("$ref");
    if (reference.isMissingNode()) {
      return node;
    }
    JsonNode target = description.at(reference.asString().substring(1));
    if (target.isMissingNode()) {
      throw new AssertionError("nothing at " + reference);
    }
    return resolved(target);
  }

  private void check(
      String keyword,
      JsonNode rule,
      JsonNode schema,
      JsonNode value,
      String where,
      List<String> faults) {
    switch (keyword) {
      case "type" -> {
        if (!isOfType(rule, value)) {
          faults.add(where + ": expected " + rule + ", got " + value);
        }
      }
      case "properties" -> properties(rule, value, where, faults);
      case "required" -> {
        for (JsonNode name : rule) {
          if (value.isObject() && !value.has(name.asString())) {
            faults.add(where + ": lacks " + name);
          }
        }
      }
      case "additionalProperties" -> additional(rule, schema, value, where, faults);
      case "items" -> {
        for (int i = 0; value.isArray() && i < value.size(); i++) {
          faults.addAll(faults(rule, value.get(i), where + "[" + i + "]"));
        }
      }
      case "enum" -> {
        if (rule.valueStream().noneMatch(value::equals)) {
          faults.add(where + ": expected one of " + rule + ", got " + value);
        }
      }
      case "pattern" -> {
        if (value.isString()
            && !Pattern.compile(rule.asString()).matcher(value.asString()).find()) {
          faults.add(where + ": does not match " + rule + ": " + value);
        }
      }
      case "minimum" -> {
        if (value.isNumber() && value.decimalValue().compareTo(rule.decimalValue()) < 0) {
          faults.add(where + ": below " + rule + ": " + value);
        }
      }
      case "format" -> format(rule.asString(), value, where, faults);
      case "oneOf" -> {
        long fits = rule.valueStream().filter(one -> faults(one, value, where).isEmpty()).count();
        if (fits != 1) {
          faults.add(where + ": fits " + fits + " of the alternatives: " + value);
        }
      }
      default -> {
        if (!NOTES.contains(keyword)) {
          throw new AssertionError("keyword not known here: " + keyword);
        }
      }
    }
  }

  private void properties(JsonNode rule, JsonNode value, String where, List<String> faults) {
    for (Map.Entry<String, JsonNode> property : rule.properties()) {
      if (value.has(property.getKey())) {
        faults.addAll(
            faults(
                property.getValue(),
                value.get(property.getKey()),
                where + "." + property.getKey()));
      }
    }
  }

  private void additional(
      JsonNode rule, JsonNode schema, JsonNode value, String where, List<String> faults) {
    for (Map.Entry<String, JsonNode> property : value.properties()) {
      String name = property.getKey();
      if (schema.path("properties").has(name)) {
        continue;
      }
      if (rule.isBoolean() && !rule.asBoolean()) {
        faults.add(where + ": has " + name + ", of which nothing is said");
      } else if (rule.isObject()) {
        faults.addAll(faults(rule, property.getValue(), where + "." + name));
      }
    }
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

  private static void format(String format, JsonNode value, String where, List<String> faults) {
    if (!value.isString()) {
      return;
    }
    try {
      switch (format) {
        case "date-time" -> OffsetDateTime.parse(value.asString());
        case "date" -> LocalDate.parse(value.asString());
        default -> throw new AssertionError("format not known here: " + format);
      }
    } catch (DateTimeException none) {
      faults.add(where + ": no " + format + ": " + value);
    }
  }
}
