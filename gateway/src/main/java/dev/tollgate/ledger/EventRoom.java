package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;

/**
 * Whether there is room for the events of what is admitted: a shard whose stream nobody archives
 * fills up. Asked at every hold, from any event loop.
 */
@FunctionalInterface
public interface EventRoom {
  /** Where nothing is archived, nothing is refused for it. */
  EventRoom ENDLESS = account -> false;

  boolean isFull(AccountId account);
}
