package dev.tollgate.dialect;

import dev.tollgate.dialect.PromptShape.Part;
import dev.tollgate.metering.JsonType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Collects what a request says of things that its provider keeps. Not for use by two threads. */
final class KeepingReader {
  private static final int REFERENCES_MAX = 64;

  private final List<Reference> references = new ArrayList<>(0);
  private final Map<String, String> fields = new HashMap<>(0);

  /** A value begins. One that is null was not given. */
  void beginField(String path, JsonType type) {
    switch (type) {
      case NULL -> {}
      case TRUE -> fields.put(path, "true");
      case FALSE -> fields.put(path, "false");
      default -> fields.put(path, "{}");
    }
  }

  void field(String path, String value) {
    fields.put(path, value);
  }

  void number(String path, long value, boolean isWhole) {
    fields.put(path, isWhole ? Long.toString(value) : "{}");
  }

  /**
   * @return false when it is one too many, or not whole
   */
  boolean reference(Part part, String id, boolean isWhole) {
    if (!isWhole || references.size() == REFERENCES_MAX) {
      return false;
    }
    references.add(new Reference(Objects.requireNonNull(part.kind()), id, part.path()));
    return true;
  }

  Keeping keeping() {
    return references.isEmpty() && fields.isEmpty()
        ? Keeping.NONE
        : new Keeping(references, fields, null, null);
  }
}
