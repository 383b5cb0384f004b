package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.ObjectKind;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What providers keep for accounts. Reading only: {@link Ledger#keep} and {@link Ledger#forget}
 * change it. Stages complete and fail as the ledger's do.
 */
public interface KeptObjects {
  /** Longer ids are nobody's. */
  int ID_CHARACTERS_MAX = 256;

  /** One of that account's; empty also where another account has it. */
  CompletionStage<Optional<KeptObject>> find(AccountId account, String id);

  /** Those of that account; the others are left out. */
  CompletionStage<List<KeptObject>> find(AccountId account, List<String> ids);

  /** How many of a kind an account has. */
  CompletionStage<Long> count(AccountId account, ObjectKind kind);

  /**
   * @return empty where it is to begin after an object that the account does not have
   */
  CompletionStage<Optional<Page>> list(AccountId account, ObjectKind kind, PageRequest request);

  /**
   * @param after the object after which the page begins, which may have been forgotten a moment
   *     ago; null for the first page
   * @param purpose of files; empty for any
   */
  record PageRequest(@Nullable String after, int countMax, boolean isNewestFirst, String purpose) {}

  /**
   * @param ids in order
   */
  record Page(List<String> ids, boolean hasMore) {
    public Page {
      ids = List.copyOf(ids);
    }
  }
}
