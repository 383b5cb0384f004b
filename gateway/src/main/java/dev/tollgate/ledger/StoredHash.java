package dev.tollgate.ledger;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A hash as Redis returned it. */
record StoredHash(Map<String, String> fields) {
  /** Of fields that are each followed by their value. */
  static StoredHash of(List<String> fieldsAndValues) {
    Map<String, String> fields = HashMap.newHashMap(fieldsAndValues.size() / 2);
    for (int i = 0; i + 1 < fieldsAndValues.size(); i += 2) {
      fields.put(fieldsAndValues.get(i), fieldsAndValues.get(i + 1));
    }
    return new StoredHash(fields);
  }

  boolean isMissing() {
    return fields.isEmpty();
  }

  String text(String field) {
    return fields.getOrDefault(field, "");
  }

  /** 0 where there is no such field. */
  long number(String field) {
    String value = fields.get(field);
    return value == null ? 0 : Long.parseLong(value);
  }

  @Nullable Long numberOrNull(String field) {
    String value = fields.get(field);
    return value == null ? null : Long.valueOf(value);
  }
}
