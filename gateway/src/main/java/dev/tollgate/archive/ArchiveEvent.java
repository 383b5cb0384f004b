package dev.tollgate.archive;

import dev.tollgate.ledger.EventFields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event of a shard's stream, as the ledger wrote it; docs/ledger.md says what is in each.
 *
 * @param shard whose stream it is in
 * @param position its place there: {@code millis << 20 | number}, in the order of writing
 * @param fields all of them, with {@code id}, {@code act} and {@code account}
 */
public record ArchiveEvent(int shard, long position, Map<String, String> fields) {
  public ArchiveEvent {
    fields = EventFields.copyOf(fields);
  }

  /**
   * Does not depend on when or how often the event was written: what makes archiving idempotent.
   */
  public String id() {
    return field("id");
  }

  public String act() {
    return field("act");
  }

  /** Empty where the event has none. */
  public String field(String name) {
    @Nullable String text = fields.get(name);
    return text == null ? "" : text;
  }

  /**
   * 0 where the event has none.
   *
   * @throws NumberFormatException when it is there and no whole number
   */
  public long number(String name) {
    @Nullable String text = fields.get(name);
    return text == null || text.isEmpty() ? 0 : Long.parseLong(text);
  }
}
