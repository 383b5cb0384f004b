package dev.tollgate.openapi;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * Holds JSON against the schemas of a description: those keywords of JSON Schema that it uses. One
 * that is not known here is an error of the schema, so that nothing is passed over.
 */
public final class SchemaCheck {
  private static final Set<String> NOTES = Set.of("description", "default");

  private final JsonNode description;

  /**
   * @param description what references of schemas point into
   */
  public SchemaCheck(JsonNode description) {
    this.description = description;
  }

  /** What does not fit, each with where it is; empty when all does. */
  public List<String> faults(JsonNode schema, JsonNode value, String where) {
    List<String> faults = new ArrayList<>();
    JsonNode meant = resolved(schema);
    for (Map.Entry<String, JsonNode> rule : meant.properties()) {
      check(rule.getKey(), rule.getValue(), meant, value, where, faults);
    }
    return faults;
  }

  /** What stands at a place of the description. */
  JsonNode at(String pointer) {
    JsonNode target = description.at(pointer);
    if (target.isMissingNode()) {
      throw new AssertionError("nothing at " + pointer);
    }
    return target;
  }

  /** What a reference stands for; anything else is itself. */
  JsonNode resolved(JsonNode node) {
    JsonNode reference = node.path("$ref");
    return reference.isMissingNode() ? node : resolved(at(reference.asString().substring(1)));
  }

  private void check(
      String keyword,
      JsonNode rule,
      JsonNode schema,
      JsonNode value,
      String where,
      List<String> faults) {
    switch (keyword) {
      case "properties" -> properties(rule, value, where, faults);
      case "required" -> requireAll(rule, value, where, faults);
      case "dependentRequired" ->
          rule.properties().stream()
              .filter(dependent -> value.has(dependent.getKey()))
              .forEach(dependent -> requireAll(dependent.getValue(), value, where, faults));
      case "additionalProperties", "unevaluatedProperties" -> {
        boolean isOfAll = keyword.equals("unevaluatedProperties");
        others(rule, isOfAll ? allNames(schema) : ownNames(schema), value, where, faults);
      }
      case "propertyNames" ->
          value
              .propertyNames()
              .forEach(name -> faults.addAll(faults(rule, StringNode.valueOf(name), where)));
      case "items" -> {
        for (int i = 0; value.isArray() && i < value.size(); i++) {
          faults.addAll(faults(rule, value.get(i), where + "[" + i + "]"));
        }
      }
      case "allOf" -> rule.forEach(one -> faults.addAll(faults(one, value, where)));
      case "anyOf" -> {
        if (fitting(rule, value) == 0) {
          faults.add(where + ": fits none of the alternatives: " + value);
        }
      }
      case "oneOf" -> {
        if (fitting(rule, value) != 1) {
          faults.add(where + ": does not fit one of the alternatives: " + value);
        }
      }
      default -> {
        if (!NOTES.contains(keyword)) {
          ValueRules.check(keyword, rule, value, where, faults);
        }
      }
    }
  }

  private long fitting(JsonNode alternatives, JsonNode value) {
    return alternatives.valueStream().filter(one -> faults(one, value, "").isEmpty()).count();
  }

  private void properties(JsonNode rule, JsonNode value, String where, List<String> faults) {
    for (Map.Entry<String, JsonNode> property : rule.properties()) {
      String name = property.getKey();
      if (value.has(name)) {
        faults.addAll(faults(property.getValue(), value.get(name), where + "." + name));
      }
    }
  }

  private static void requireAll(
      JsonNode names, JsonNode value, String where, List<String> faults) {
    for (JsonNode name : names) {
      if (value.isObject() && !value.has(name.asString())) {
        faults.add(where + ": lacks " + name);
      }
    }
  }

  /** Properties of other names than these. */
  private void others(
      JsonNode rule, Set<String> names, JsonNode value, String where, List<String> faults) {
    for (Map.Entry<String, JsonNode> property : value.properties()) {
      String name = property.getKey();
      if (names.contains(name)) {
        continue;
      }
      if (rule.isBoolean() && !rule.asBoolean()) {
        faults.add(where + ": has " + name + ", of which nothing is said");
      } else if (rule.isObject()) {
        faults.addAll(faults(rule, property.getValue(), where + "." + name));
      }
    }
  }

  private static Set<String> ownNames(JsonNode schema) {
    return new TreeSet<>(schema.path("properties").propertyNames());
  }

  /** With those of what a schema is made of. */
  private Set<String> allNames(JsonNode schema) {
    Set<String> names = ownNames(schema);
    for (JsonNode part : schema.path("allOf")) {
      names.addAll(allNames(resolved(part)));
    }
    return names;
  }
}
