package dev.tollgate.billing.payment;

import dev.tollgate.archive.ArchiveAwayException;
import dev.tollgate.archive.CatchUp;
import dev.tollgate.archive.Records;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.CreditOutcome;
import dev.tollgate.ledger.Ledger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The ledger as payments use it, from threads that may block: it waits as long as the ledger's own
 * bounds allow. Thread-safe; fails with the ledger's and the archive's exceptions.
 */
@Blocking
public final class Bookings {
  private static final String OF_PAYMENTS = "pay_";
  private static final String CREDITS =
      "'topup', 'bonus', 'signup_bonus', 'refund', 'adjustment', 'plan_fee'";

  private final Ledger ledger;
  private final Accounts accounts;
  private final CatchUp catchUp;
  private final Records records;
  private final Executor loop;

  /**
   * @param loop where the ledger is called
   */
  public Bookings(
      Ledger ledger, Accounts accounts, CatchUp catchUp, Records records, Executor loop) {
    this.ledger = ledger;
    this.accounts = accounts;
    this.catchUp = catchUp;
    this.records = records;
    this.loop = loop;
  }

  CreditOutcome book(Credit credit) {
    return awaited(() -> ledger.credit(credit));
  }

  Optional<AccountState> account(AccountId account) {
    return awaited(() -> accounts.find(account));
  }

  private <T> T awaited(Supplier<CompletionStage<T>> call) {
    try {
      return CompletableFuture.supplyAsync(call, loop)
          .thenCompose(Function.identity())
          .toCompletableFuture()
          .join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
    }
  }

  /**
   * What came in after a payment's top-up and has not gone back, but for the payment's own bonus:
   * that is spent last.
   *
   * @param before only what came before this entry; empty for all
   */
  long creditedAfter(Payment payment, String before) {
    if (!catchUp.upToNow(payment.account()).toCompletableFuture().join()) {
      throw new ArchiveAwayException(
          "the books have not caught up with " + payment.account(),
          new IllegalStateException("behind"));
    }
    String sql =
        "select reference, sum(amount), sum(case when amount > 0 then amount else 0 end)"
            + " from entries where account = ? and kind in ("
            + CREDITS
            + ") and position > (select position from entries where id = ?)"
            + (before.isEmpty()
                ? ""
                : " and position < (select position from entries where id = ?)")
            + " group by reference";
    Map<String, Long> later = new HashMap<>();
    return records.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, payment.account().value());
            select.setString(2, entryOf(payment.topUpId()));
            if (!before.isEmpty()) {
              select.setString(3, entryOf(before));
            }
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                String reference = row.getString(1);
                later.put(
                    reference,
                    reference.startsWith(OF_PAYMENTS)
                        ? Math.max(row.getLong(2), 0)
                        : row.getLong(3));
              }
            }
          }
          later.remove(payment.id());
          return later.values().stream().mapToLong(Long::longValue).sum();
        });
  }

  /** The id of the ledger's entry of a credit. */
  private static String entryOf(String creditId) {
    return creditId + ":credit";
  }
}
