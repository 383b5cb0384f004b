package dev.tollgate.api.mcp;

import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Of a schema only this: that there are no fields but those it names. Our tools take none, so more
 * need not be known of arguments; that results fit their schemas is for the tests to show.
 */
final class NamedFields implements JsonSchemaValidator {
  @Override
  public ValidationResponse validate(Map<String, Object> schema, Object content) {
    Set<Object> others = new TreeSet<>(names(content));
    others.removeAll(names(schema.getOrDefault("properties", Map.of())));
    return others.isEmpty()
        ? ValidationResponse.asValid("")
        : ValidationResponse.asInvalid("there is no " + others.iterator().next());
  }

  private static Set<?> names(Object fields) {
    return fields instanceof Map<?, ?> map ? map.keySet() : Set.of();
  }
}
