package dev.tollgate.billing.plan;

import dev.tollgate.archive.ArchiveException;
import dev.tollgate.archive.Records;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.PlanChange;
import dev.tollgate.ledger.PlanOutcome;
import dev.tollgate.ledger.PlanTerms;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.RateCard;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews plans whose period has ended, and ends those that do not renew or are past due for too
 * long. Every gateway may look, any number at a time: a change is decided as of a revision of the
 * account's plan, and the ledger makes one of all that are decided as of the same.
 *
 * <p>Which plans are due is read in the archive; what is done about them is decided by what the
 * ledger says. So one whose change is not archived yet is left alone or done later, never wrongly.
 */
@Blocking
public final class PlanRenewals {
  private static final Logger log = LoggerFactory.getLogger(PlanRenewals.class);

  private static final String DUE =
      "select value, account from owners where field = 'plan_until' and value <> ''"
          + " and value <= ? and (value, account) > (?, ?) order by value, account limit ?";

  private final PlanSettings settings;
  private final Records records;
  private final Accounts accounts;
  private final Ledger ledger;
  private final Supplier<RateCard> card;
  private final InstantSource clock;
  private final LongAdder looks = new LongAdder();

  public PlanRenewals(
      PlanSettings settings,
      Records records,
      Accounts accounts,
      Ledger ledger,
      Supplier<RateCard> card,
      InstantSource clock) {
    this.settings = settings;
    this.records = records;
    this.accounts = accounts;
    this.ledger = ledger;
    this.card = card;
    this.clock = clock;
  }

  /** How many looks have come to their end. From any thread. */
  public long looks() {
    return looks.sum();
  }

  private record Due(String until, AccountId account) {}

  /**
   * One look at all that is due.
   *
   * @return how many plans it has changed
   * @throws ArchiveException when the archive is away; the next look goes on
   * @throws LedgerUnavailableException when the ledger is; likewise
   */
  public int look() {
    int changed = 0;
    String now = String.format(Locale.ROOT, "%014d", clock.millis());
    Due last = new Due("", new AccountId(""));
    List<Due> page;
    do {
      page = due(now, last);
      for (Due due : page) {
        changed += deal(due.account()) ? 1 : 0;
        last = due;
      }
    } while (page.size() >= settings.accountsPerPage());
    looks.increment();
    return changed;
  }

  private List<Due> due(String now, Due after) {
    return records.read(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(DUE)) {
            statement.setString(1, now);
            statement.setString(2, after.until());
            statement.setString(3, after.account().value());
            statement.setInt(4, settings.accountsPerPage());
            List<Due> found = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                found.add(new Due(rows.getString(1), new AccountId(rows.getString(2))));
              }
            }
            return found;
          }
        });
  }

  /** Whether its plan was changed. */
  private boolean deal(AccountId id) {
    Optional<AccountState> found = await(accounts.find(id));
    if (found.isEmpty()) {
      return false;
    }
    AccountState account = found.get();
    PlanTerms terms = account.plan();
    long now = clock.millis();
    // A suspended account is served nothing, and charged nothing.
    if (terms == null || terms.untilMillis() > now || account.status() != AccountStatus.ACTIVE) {
      return false;
    }
    PlanDecision decision = new PlanDecision(account, now);
    if (!terms.renews()) {
      return isMade(decision.lapse(terms), "ended");
    }
    Plan plan = card.get().plans().get(terms.plan());
    if (plan == null) {
      log.warn(
          "{} is on plan {}, which the card does not have: it goes on as it was", id, terms.plan());
    }
    return switch (await(ledger.changePlan(decision.renew(terms, plan)))) {
      case PlanOutcome.Changed changed -> {
        log.info("the plan {} of {} was renewed", terms.plan(), id);
        yield true;
      }
      case PlanOutcome.Insufficient lack -> isPastDueMade(decision, terms, now);
      case PlanOutcome.Moved moved -> false;
      case PlanOutcome other -> {
        log.error("the plan {} of {} cannot be renewed: {}", terms.plan(), id, other);
        yield false;
      }
    };
  }

  private boolean isPastDueMade(PlanDecision decision, PlanTerms terms, long now) {
    Long graceUntil = terms.graceUntilMillis();
    if (graceUntil == null) {
      return isMade(decision.pastDue(terms, settings.graceMillis()), "is past due");
    }
    return now >= graceUntil && isMade(decision.lapse(terms), "ended, past due");
  }

  private boolean isMade(PlanChange change, String how) {
    PlanOutcome outcome = await(ledger.changePlan(change));
    if (outcome instanceof PlanOutcome.Changed) {
      log.info("the plan {} of {}: {}", change.reference(), change.account(), how);
      return true;
    }
    return false;
  }

  private static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
    }
  }
}
