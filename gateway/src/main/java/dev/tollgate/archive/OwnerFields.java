package dev.tollgate.archive;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What events say of accounts, keys and objects, field by field; of each the newest. An event of an
 * act that is not known is kept whole: a newer gateway wrote it.
 */
final class OwnerFields {
  private static final Set<String> MONEY =
      Set.of("settle", "adjustment", "release", "reap", "credit");

  private static final Set<String> NAMES = Set.of("id", "act", "account");

  private record Field(String kind, String account, String id, String field) {}

  private record Value(String text, long revision) {}

  private final Map<Field, Value> newest = new HashMap<>();

  void take(ArchiveEvent event) {
    switch (event.act()) {
      case "account" -> put(event, event.field("account"), revisionOf(event));
      case "key" -> put(event, event.field("key"), revisionOf(event));
      case "object" -> put(event, event.field("object"), objectRevisionOf(event));
      default -> {
        if (!MONEY.contains(event.act())) {
          put(event, event.id(), 0);
        }
      }
    }
  }

  Columns rows() {
    Columns rows = new Columns(Table.OWNERS);
    newest.forEach(
        (field, value) -> {
          rows.add(field.kind()).add(field.account()).add(field.id()).add(field.field());
          rows.add(value.text()).add(value.revision()).endRow();
        });
    return rows;
  }

  private void put(ArchiveEvent event, String id, long revision) {
    event
        .fields()
        .forEach(
            (name, text) -> {
              if (!NAMES.contains(name)) {
                put(event, id, name, text, revision);
              }
            });
    if (event.field("kind").equals("created") || isNewObject(event)) {
      put(event, id, "created_at", event.field("at"), revision);
    }
  }

  private void put(ArchiveEvent event, String id, String name, String text, long revision) {
    Field field =
        new Field(
            StoredText.name(event.act()),
            StoredText.id(event.field("account")),
            StoredText.id(id),
            StoredText.name(name));
    Value value = new Value(StoredText.text(text), revision);
    newest.merge(field, value, (one, other) -> other.revision() > one.revision() ? other : one);
  }

  /** The last part of its id. */
  private static long revisionOf(ArchiveEvent event) {
    return Long.parseLong(event.id().substring(event.id().lastIndexOf(':') + 1));
  }

  /** Noted, noted again as paid for later, under the same id; then forgotten. */
  private static long objectRevisionOf(ArchiveEvent event) {
    if (!isNewObject(event)) {
      return 2;
    }
    return event.field("deferred").equals("1") ? 1 : 0;
  }

  private static boolean isNewObject(ArchiveEvent event) {
    return event.act().equals("object") && !event.field("kind").equals("forgotten");
  }
}
