package dev.tollgate.billing.invoice;

import dev.tollgate.archive.ArchiveException;
import dev.tollgate.archive.CatchUp;
import dev.tollgate.archive.OncePerMinute;
import dev.tollgate.archive.Records;
import dev.tollgate.billing.invoice.InvoiceBook.Behind;
import dev.tollgate.billing.invoice.InvoiceBook.Draft;
import dev.tollgate.billing.invoice.InvoiceBook.Head;
import dev.tollgate.billing.invoice.InvoiceBook.UnbookedTax;
import dev.tollgate.billing.invoice.InvoiceProbe.Step;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Ids;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.CreditOutcome;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.LedgerUnavailableException;
import java.time.InstantSource;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the invoices of months that have ended, the oldest first, and sees to what they have left
 * to be booked. Every gateway has one; who is first makes it. It may die at any point: what was not
 * committed is made by the next look, of whichever gateway. Of one thread.
 */
@Blocking
public final class InvoiceMaker {
  private static final Logger LOG = LoggerFactory.getLogger(InvoiceMaker.class);
  private static final int ACCOUNTS_PER_PAGE = 200;
  private static final int BOOKINGS_PER_LOOK = 1_000;

  /** After so many accounts in a row the others wait, too: it is not the accounts' fault. */
  private static final int IN_VAIN_MAX = 3;

  private final InvoiceBook book;
  private final Entries entries;
  private final InvoicePayments payments;
  private final Accounts accounts;
  private final Ledger ledger;
  private final CatchUp catchUp;
  private final Supplier<InvoiceSettings> settings;
  private final InvoiceLimits limits;
  private final InstantSource clock;
  private final Ids ids;
  private final InvoiceProbe probe;
  private final LongAdder made = new LongAdder();
  private final OncePerMinute awayLog = new OncePerMinute();

  /**
   * @param settings those in force
   */
  public InvoiceMaker(
      Records records,
      Accounts accounts,
      Ledger ledger,
      CatchUp catchUp,
      Supplier<InvoiceSettings> settings,
      InvoiceLimits limits,
      InstantSource clock,
      Ids ids) {
    this(records, accounts, ledger, catchUp, settings, limits, clock, ids, InvoiceProbe.NONE);
  }

  InvoiceMaker(
      Records records,
      Accounts accounts,
      Ledger ledger,
      CatchUp catchUp,
      Supplier<InvoiceSettings> settings,
      InvoiceLimits limits,
      InstantSource clock,
      Ids ids,
      InvoiceProbe probe) {
    this.book = new InvoiceBook(records, probe);
    this.entries = new Entries(records);
    this.payments = new InvoicePayments(records);
    this.accounts = accounts;
    this.ledger = ledger;
    this.catchUp = catchUp;
    this.settings = settings;
    this.limits = limits;
    this.clock = clock;
    this.ids = ids;
    this.probe = probe;
  }

  /** How many invoices it has made. From any thread. */
  public long made() {
    return made.sum();
  }

  /**
   * One look: makes all that can be made now, and books what is to be booked. What cannot be done
   * is left for the next look, and said in the log.
   *
   * @return how many invoices it has made
   */
  public int look() {
    long before = made.sum();
    try {
      makeAll(Months.lastEnded(clock.millis(), limits.settleMillis()));
      bookTaxes();
      bookPayments();
    } catch (LedgerUnavailableException | ArchiveException away) {
      if (awayLog.isDue()) {
        LOG.warn("invoices wait: {}", away.getMessage());
      }
    }
    return (int) (made.sum() - before);
  }

  private void makeAll(YearMonth last) {
    int inVain = 0;
    String after = "";
    List<Behind> page;
    do {
      page = book.behind(last, after, ACCOUNTS_PER_PAGE);
      for (Behind behind : page) {
        after = behind.account();
        inVain = isDone(behind, last) ? 0 : inVain + 1;
        if (inVain == IN_VAIN_MAX) {
          return;
        }
      }
    } while (page.size() == ACCOUNTS_PER_PAGE);
  }

  /** One account that cannot be invoiced does not keep all others from it. */
  private boolean isDone(Behind behind, YearMonth last) {
    try {
      if (await(catchUp.upToNow(new AccountId(behind.account())))) {
        make(behind, last);
        return true;
      }
      LOG.warn("the invoice of {} waits for the archive, which is behind", behind.account());
    } catch (ArchiveException failed) {
      LOG.warn("the invoice of {} waits: {}", behind.account(), failed.getMessage());
    } catch (ArithmeticException | IllegalArgumentException bug) {
      LOG.error("the invoice of {} cannot be made", behind.account(), bug);
      return true;
    }
    return false;
  }

  /** All that an account lacks, month by month. */
  private void make(Behind behind, YearMonth last) {
    @Nullable Head head = behind.head();
    while (head == null || head.month().isBefore(last)) {
      Optional<Head> moved = makeOne(behind.account(), head, last);
      if (moved.isEmpty()) {
        return; // another gateway is at it, and goes on
      }
      head = moved.get();
    }
  }

  private Optional<Head> makeOne(String account, @Nullable Head head, YearMonth last) {
    long position = head == null ? 0 : head.position();
    Optional<Long> first = entries.firstAfter(account, position);
    @Nullable YearMonth next = head == null ? null : head.month().plusMonths(1);
    @Nullable YearMonth busy = first.map(Months::of).orElse(null);
    YearMonth month = monthOf(next, busy, last);
    if (month.isAfter(last) || (busy == null && !isEmptyMade(head))) {
      book.skip(account, head, last);
      return Optional.of(skipped(head, last));
    }
    long to = entries.lastBefore(account, position, Months.endMillis(month)).orElse(position);
    Draft draft = draft(account, head, month, to);
    probe.at(Step.DRAWN);
    Optional<Invoice> invoice = book.make(draft, head);
    if (invoice.isEmpty()) {
      return Optional.empty();
    }
    made.increment();
    LOG.info("invoice {} for {} of {}", invoice.get().number(), month, account);
    probe.at(Step.COMMITTED);
    return Optional.of(new Head(month, to, draft.statement().closing().nanoUsd()));
  }

  /** Months without entries are passed over, unless they get invoices of their own. */
  private YearMonth monthOf(@Nullable YearMonth next, @Nullable YearMonth busy, YearMonth last) {
    if (next == null) {
      return busy == null ? last.plusMonths(1) : busy;
    }
    return busy != null && busy.isAfter(next) && !settings.get().isEmptyMade() ? busy : next;
  }

  private boolean isEmptyMade(@Nullable Head head) {
    return settings.get().isEmptyMade() && head != null;
  }

  private static Head skipped(@Nullable Head head, YearMonth last) {
    return head == null
        ? new Head(last, 0, 0)
        : new Head(last, head.position(), head.closingNanoUsd());
  }

  private Draft draft(String account, @Nullable Head head, YearMonth month, long to) {
    long from = head == null ? 0 : head.position();
    Optional<AccountState> state = await(accounts.find(new AccountId(account)));
    Buyer buyer =
        state
            .map(known -> new Buyer(account, known.name(), known.email(), List.of()))
            .orElseGet(() -> new Buyer(account, account, "", List.of()));
    Statement statement =
        Statement.of(
            head == null ? 0 : head.closingNanoUsd(),
            entries.sums(account, from, to),
            entries.used(account, month));
    return new Draft(
        ids.nextId("inv_"),
        month,
        to,
        clock.millis(),
        state.map(known -> known.creditLimitNanoUsd() > 0).orElse(false),
        buyer,
        statement,
        settings.get());
  }

  /** Tax that came on top is taken off the balance, once by the id of its credit. */
  private void bookTaxes() {
    for (UnbookedTax tax : book.unbookedTaxes(BOOKINGS_PER_LOOK)) {
      CreditOutcome outcome =
          await(
              ledger.credit(
                  new Credit(
                      "invoice:" + tax.invoice() + ":tax",
                      new AccountId(tax.account()),
                      Credit.Kind.ADJUSTMENT,
                      tax.amountNanoUsd(),
                      tax.number())));
      probe.at(Step.TAX_SENT);
      if (outcome instanceof CreditOutcome.Credited) {
        book.markTaxBooked(tax.invoice());
        probe.at(Step.TAX_BOOKED);
      } else {
        LOG.error("the tax of invoice {} cannot be booked: {}", tax.number(), outcome);
      }
    }
  }

  /** Payments whose gateway has died before it knew what came of them. */
  private void bookPayments() {
    long before = clock.millis() - limits.ledgerMillisMax();
    for (InvoicePayments.Payment payment : payments.pending(before, BOOKINGS_PER_LOOK)) {
      CreditOutcome outcome = await(ledger.credit(payment.credit()));
      var unused = payments.conclude(payment, outcome);
    }
  }

  private <T> T await(CompletionStage<T> stage) {
    try {
      return stage
          .toCompletableFuture()
          .orTimeout(limits.ledgerMillisMax(), TimeUnit.MILLISECONDS)
          .join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof LedgerUnavailableException away) {
        throw away;
      }
      throw new LedgerUnavailableException("no answer in time", failed);
    }
  }
}
