package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An archive of the ledger's events, as an {@link Audit} compares it with the ledger. Thread-safe.
 * Its stages may complete on any thread, and fail when it is away, or when it has not taken in time
 * what had happened before the call.
 */
public interface AuditedArchive {
  /**
   * What an account stated of its money at a moment.
   *
   * @param position the place of the last event that counts in it, as {@link StreamPlace#position}
   * @param balance nano-USD, as what follows
   * @param lifetimeTopup ever topped up
   * @param lifetimeCredit ever credited
   */
  record Balance(
      AccountId account, long position, long balance, long lifetimeTopup, long lifetimeCredit) {}

  /**
   * What an account or a key stated of itself.
   *
   * @param key null for the account itself
   * @param revision how often it had been changed
   * @param fields of its hash that its events tell of; empty and missing are the same
   */
  record Owner(AccountId account, @Nullable KeyId key, long revision, Map<String, String> fields) {
    public Owner {
      fields = Map.copyOf(fields);
    }
  }

  /**
   * Which account, or which key of one.
   *
   * @param key null for the account itself
   */
  record OwnerName(AccountId account, @Nullable KeyId key) {}

  /**
   * Compares accounts, and keys, of one shard with what is archived of them. An owner that has been
   * changed since then, or seems so, is told of as {@link AuditDifference.What#REVISION}.
   */
  CompletionStage<List<AuditDifference>> compare(List<Balance> balances, List<Owner> owners);

  /**
   * The accounts and keys that are archived, in an order of its own.
   *
   * @param after null to begin
   */
  CompletionStage<List<OwnerName>> owners(@Nullable OwnerName after, int limit);

  /** Without any: the ledger is audited by itself. */
  AuditedArchive NONE =
      new AuditedArchive() {
        @Override
        public CompletionStage<List<AuditDifference>> compare(
            List<Balance> balances, List<Owner> owners) {
          return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public CompletionStage<List<OwnerName>> owners(@Nullable OwnerName after, int limit) {
          return CompletableFuture.completedFuture(List.of());
        }
      };
}
