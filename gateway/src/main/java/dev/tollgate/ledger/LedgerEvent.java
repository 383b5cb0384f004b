package dev.tollgate.ledger;

import java.util.Map;

/**
 * An event as it is in a shard's stream.
 *
 * @param fields empty for one that has been removed from the stream by somebody before it was
 *     acknowledged
 */
public record LedgerEvent(StreamPlace place, Map<String, String> fields) {
  public LedgerEvent {
    fields = EventFields.copyOf(fields);
  }
}
