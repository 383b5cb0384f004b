package dev.tollgate.dialect;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request says of things that its provider keeps, or is to keep.
 *
 * @param references to such things
 * @param fields that decide what comes of it, by their paths: numbers and words as they are, {@code
 *     {}} for anything that is neither
 * @param upload the file that it brings; null where it brings none
 * @param page of a list that it asks for; null where it asks for none
 */
public record Keeping(
    List<Reference> references,
    Map<String, String> fields,
    @Nullable Upload upload,
    @Nullable ListQuery page) {
  public static final Keeping NONE = new Keeping(List.of(), Map.of(), null, null);

  public Keeping {
    references = List.copyOf(references);
    fields = Map.copyOf(fields);
  }

  static Keeping of(Upload upload) {
    return new Keeping(List.of(), Map.of(), upload, null);
  }

  static Keeping of(ListQuery page) {
    return new Keeping(List.of(), Map.of(), null, page);
  }

  /** The value of a field; empty where it was not given. */
  public String field(String path) {
    return fields.getOrDefault(path, "");
  }
}
