package dev.tollgate.billing.invoice;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.Drain;
import dev.tollgate.archive.DrainSettings;
import dev.tollgate.archive.Records;
import dev.tollgate.billing.Sql;
import dev.tollgate.billing.invoice.InvoicePayments.NewPayment;
import dev.tollgate.billing.invoice.InvoicePayments.Noted;
import dev.tollgate.billing.plan.PlanRenewals;
import dev.tollgate.billing.plan.PlanSettings;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.PlanChange;
import dev.tollgate.ledger.PlanOutcome;
import dev.tollgate.ledger.PlanTerms;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.TopUpRates;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * 13 months of 50 accounts: a real Redis whose clock is moved, its events drained by two gateways
 * into one archive, and two invoice makers that look at the same time and die at random steps.
 */
abstract class InvoicedYearContract {
  private static final int ACCOUNTS = 50;
  private static final YearMonth FIRST = YearMonth.of(2025, 12);
  private static final int MONTHS = 13;

  /** No gateway runs in the first days after these months. */
  private static final List<YearMonth> ALL_AWAY =
      List.of(YearMonth.of(2026, 3), YearMonth.of(2026, 4), YearMonth.of(2026, 8));

  private static final InvoiceSettings SETTINGS =
      new InvoiceSettings(
          InvoicesForTests.SELLER, "T-", 14, new TaxRate("VAT", 190_000, false), false);
  private static final long FEE = 29 * USD;
  private static final RateCard CARD =
      new RateCard(
          Map.of(),
          List.of(),
          Map.of(),
          List.of(),
          new TopUpRates(0, 0, List.of()),
          Map.of(
              "basic",
              new Plan(
                  "basic",
                  "Basic",
                  Plan.Funding.WALLET,
                  FEE,
                  null,
                  Map.of(),
                  List.of(),
                  1_000_000)),
          1);

  /** A gateway that ends at a step as if its process had. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }

  /**
   * @param isOnPlan whether a fee is due each month
   */
  private record Customer(AccountId account, KeyRef key, boolean isOnPlan) {}

  /** An entry as the archive has it. */
  private record Entry(String account, String id, String kind, long amount, YearMonth month) {}

  private final long seed = Long.getLong("tollgate.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Ids ids = new Ids(new Random(seed + 1));
  private final AtomicInteger kills = new AtomicInteger();
  private final Map<String, Long> booked = new TreeMap<>();
  private final List<CompletionStage<?>> acts = new ArrayList<>();

  abstract ArchiveSettings.Where where();

  @Test
  void aYear_withTwoGatewaysThatDie_hasOneInvoicePerAccountAndMonth() throws Exception {
    System.out.println("seed " + seed);
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 2);
        Archive archive = Archive.open(ArchiveSettings.of(where()));
        Drain one = drain(redis, archive, 0);
        Drain two = drain(redis, archive, 1);
        ExecutorService gateways = Executors.newFixedThreadPool(2)) {
      redis.setClock(Months.startMillis(FIRST.atDay(1)) + 1_000);
      List<Customer> customers = new ArrayList<>();
      for (int i = 0; i < ACCOUNTS; i++) {
        boolean isByInvoice = i % 3 == 0;
        AccountId account = redis.account(0, 1_000_000, isByInvoice ? 10_000 * USD : 0);
        customers.add(new Customer(account, redis.key(account), i % 2 == 0));
        if (!isByInvoice) {
          credit(redis, account, Credit.Kind.TOPUP, 10_000 * USD);
        }
      }
      acts.forEach(RedisForTests::await);
      acts.clear();
      subscribe(redis, customers);
      InvoicePayments payments = new InvoicePayments(archive.records());
      for (int i = 0; i < MONTHS; i++) {
        YearMonth month = FIRST.plusMonths(i);
        live(
            redis, customers, month, () -> renewWithBoth(redis, archive, one, customers, gateways));
        pay(redis, archive.records(), payments);
        if (i == 0) {
          // One whose first entry is not archived yet is not known there at all, until a later
          // look.
          customers.forEach(customer -> awaitArchived(one, customer));
        }
        if (!ALL_AWAY.contains(month)) {
          redis.setClock(Months.endMillis(month) + InvoiceLimits.DEFAULT.settleMillis());
          lookWithBoth(redis, archive, List.of(one, two), gateways);
        }
      }
      assertThat(kills.get()).as("gateways that died").isGreaterThan(20);
      check(redis, archive, one, customers);
    }
  }

  private static Drain drain(RedisForTests redis, Archive archive, int number) {
    Drain drain =
        new Drain(
            DrainSettings.DEFAULT,
            redis.connections().events(number),
            archive.store(),
            "gateway-" + number);
    drain.start();
    return drain;
  }

  private static void awaitArchived(Drain drain, Customer customer) {
    assertThat(await(drain.upToNow(customer.account()))).isTrue();
  }

  // ---- what happens in a month

  private void live(
      RedisForTests redis, List<Customer> customers, YearMonth month, Runnable renewals) {
    long end = Months.endMillis(month);
    for (int round = 0; round < 4; round++) {
      if (round > 0 || !ALL_AWAY.contains(month.minusMonths(1))) {
        renewals.run();
      }
      for (Customer customer : customers) {
        long left = end - redis.clock();
        redis.setClock(redis.clock() + 1 + random.nextLong(Math.max(1, left / 60)));
        boolean isIdle = (customer.account().hashCode() + month.getMonthValue()) % 7 == 0;
        if (!isIdle) {
          act(redis, customer);
        }
      }
    }
    // The last millisecond of the month is of it.
    redis.setClock(end - 1);
    spend(redis, customers.get(random.nextInt(ACCOUNTS)));
    acts.forEach(RedisForTests::await);
    acts.clear();
  }

  private void act(RedisForTests redis, Customer customer) {
    AccountId account = customer.account();
    switch (random.nextInt(8)) {
      case 0 -> credit(redis, account, Credit.Kind.TOPUP, 1 + random.nextLong(100 * USD));
      case 1 -> credit(redis, account, Credit.Kind.BONUS, 1 + random.nextLong(10 * USD));
      case 2 -> credit(redis, account, Credit.Kind.ADJUSTMENT, random.nextLong(-USD, 0));
      case 3 -> credit(redis, account, Credit.Kind.REFUND, 1 + random.nextLong(USD));
      default -> spend(redis, customer);
    }
  }

  private void credit(RedisForTests redis, AccountId account, Credit.Kind kind, long nanoUsd) {
    book(redis, new Credit(ids.nextRequestId().value(), account, kind, nanoUsd, "test"));
  }

  private void book(RedisForTests redis, Credit credit) {
    acts.add(redis.ledger().credit(credit));
    booked.put(credit.id(), credit.amountNanoUsd());
  }

  /** Now and then beyond what was held. */
  private void spend(RedisForTests redis, Customer customer) {
    long cost = 1 + random.nextLong(40 * USD);
    long held = random.nextInt(4) == 0 ? cost / 2 : cost;
    var request = redis.nextRequest();
    acts.add(redis.ledger().settle(RedisForTests.settlement(request, customer.key(), cost, held)));
    booked.put(request.value(), -cost);
  }

  /** Operators book payments, some of them twice, and now and then die in the middle. */
  private void pay(RedisForTests redis, Records records, InvoicePayments payments) {
    Invoices.Filter all = new Invoices.Filter(null, null, redis.clock());
    for (StoredInvoice invoice : new Invoices(records).page(all, 0, 10_000).invoices()) {
      if (invoice.openCents() == 0 || random.nextInt(4) != 0) {
        continue;
      }
      long cents = 1 + random.nextLong(invoice.openCents());
      String key = "key:" + invoice.invoice().id() + redis.clock();
      for (int i = 0; i < 2; i++) {
        Noted noted =
            payments.note(
                new NewPayment(
                    ids.nextRequestId().value(),
                    new AccountId(invoice.invoice().buyer().account()),
                    invoice.invoice().id(),
                    cents,
                    "wire",
                    key,
                    redis.clock()));
        if (!(noted instanceof Noted.Taken taken)) {
          // Another one is noted and not counted yet.
          assertThat(noted).isInstanceOf(Noted.TooMuch.class);
          break;
        }
        assertThat(taken.isReplay()).isEqualTo(i == 1);
        booked.put(taken.payment().credit().id(), cents * Money.NANO_PER_CENT);
        var outcome = await(redis.ledger().credit(taken.payment().credit()));
        if (random.nextInt(4) != 0) {
          var unused = payments.conclude(taken.payment(), outcome);
        }
      }
    }
  }

  // ---- plans

  private void subscribe(RedisForTests redis, List<Customer> customers) {
    int anchor = 1;
    for (Customer customer : customers) {
      if (customer.isOnPlan()) {
        PlanTerms terms =
            new PlanTerms(
                "basic",
                false,
                redis.clock(),
                PlanTerms.endOfPeriod(redis.clock(), anchor),
                anchor,
                FEE,
                null,
                1_000_000,
                true,
                null);
        PlanChange change =
            new PlanChange(customer.account(), "first", 0, 0, FEE, "basic", terms, List.of());
        assertThat(await(redis.ledger().changePlan(change)))
            .isInstanceOf(PlanOutcome.Changed.class);
      }
    }
  }

  /** Both look at the same time, and die before or after they have told the ledger. */
  private void renewWithBoth(
      RedisForTests redis,
      Archive archive,
      Drain drain,
      List<Customer> customers,
      ExecutorService gateways) {
    customers.forEach(customer -> awaitArchived(drain, customer));
    List<Callable<Void>> looks = new ArrayList<>();
    for (int number = 0; number < 2; number++) {
      int lane = number;
      Random fate = new Random(random.nextLong());
      looks.add(() -> renewUntilDone(redis, archive, lane, fate));
    }
    try {
      for (Future<Void> look : gateways.invokeAll(looks)) {
        look.get();
      }
    } catch (InterruptedException | ExecutionException failed) {
      throw new AssertionError(failed);
    }
  }

  private Void renewUntilDone(RedisForTests redis, Archive archive, int lane, Random fate) {
    Ledger ledger = mortal(redis.connections().ledger(lane), fate);
    PlanRenewals renewals =
        new PlanRenewals(
            PlanSettings.DEFAULT,
            archive.records(),
            redis.connections().accounts(lane),
            ledger,
            () -> CARD,
            () -> Instant.ofEpochMilli(redis.clock()));
    while (true) {
      try {
        renewals.look();
        return null;
      } catch (Killed killed) {
        kills.incrementAndGet();
      }
    }
  }

  /** A ledger whose caller dies now and then, before it has heard of a change or after. */
  private static Ledger mortal(Ledger ledger, Random fate) {
    return (Ledger)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, method, arguments) -> {
              int end = fate.nextInt(20);
              if (end == 0) {
                throw new Killed();
              }
              Object answer = method.invoke(ledger, arguments);
              if (end == 1) {
                await((CompletionStage<?>) answer);
                throw new Killed();
              }
              return answer;
            });
  }

  // ---- two gateways

  private void lookWithBoth(
      RedisForTests redis, Archive archive, List<Drain> drains, ExecutorService gateways)
      throws Exception {
    List<Callable<Integer>> looks = new ArrayList<>();
    for (int number = 0; number < 2; number++) {
      Drain drain = drains.get(number);
      int lane = number;
      Random fate = new Random(random.nextLong());
      looks.add(() -> lookUntilDone(redis, archive, drain, lane, fate));
    }
    int made = 0;
    for (Future<Integer> look : gateways.invokeAll(looks)) {
      made += look.get();
    }
    assertThat(made).as("invoices").isPositive();
  }

  /** A gateway that is started again whenever it has died. */
  private int lookUntilDone(
      RedisForTests redis, Archive archive, Drain drain, int lane, Random fate) {
    int made = 0;
    while (true) {
      InvoiceProbe probe =
          step -> {
            if (fate.nextInt(40) == 0) {
              kills.incrementAndGet();
              throw new Killed();
            }
          };
      InvoiceMaker maker =
          new InvoiceMaker(
              archive.records(),
              redis.connections().accounts(lane),
              redis.connections().ledger(lane),
              drain,
              () -> SETTINGS,
              InvoiceLimits.DEFAULT,
              () -> Instant.ofEpochMilli(redis.clock()),
              new Ids(fate),
              probe);
      try {
        maker.look();
        return made + (int) maker.made();
      } catch (Killed killed) {
        made += (int) maker.made();
      }
    }
  }

  // ---- what must be so

  private void check(RedisForTests redis, Archive archive, Drain drain, List<Customer> customers) {
    customers.forEach(customer -> awaitArchived(drain, customer));
    Records records = archive.records();
    Invoices.Filter all = new Invoices.Filter(null, null, redis.clock());
    List<StoredInvoice> stored = new Invoices(records).page(all, 0, 100_000).invoices();
    YearMonth last = FIRST.plusMonths(MONTHS - 1);
    Map<String, Map<YearMonth, List<Entry>>> entries =
        entries(records).stream()
            .filter(entry -> !entry.month().isAfter(last))
            .collect(
                Collectors.groupingBy(
                    Entry::account,
                    TreeMap::new,
                    Collectors.groupingBy(Entry::month, TreeMap::new, Collectors.toList())));

    List<String> numbers = stored.stream().map(one -> one.invoice().number()).sorted().toList();
    assertThat(numbers)
        .isEqualTo(LongStream.rangeClosed(1, stored.size()).mapToObj("T-%06d"::formatted).toList());
    Set<String> onPlans =
        customers.stream()
            .filter(Customer::isOnPlan)
            .map(customer -> customer.account().value())
            .collect(Collectors.toSet());
    Map<String, List<StoredInvoice>> byAccount =
        stored.stream().collect(Collectors.groupingBy(one -> one.invoice().buyer().account()));
    assertThat(byAccount.keySet()).isEqualTo(entries.keySet());
    entries.forEach(
        (account, months) -> {
          List<StoredInvoice> invoices = byAccount.getOrDefault(account, List.of()).reversed();
          assertThat(invoices.stream().map(one -> one.invoice().month()).toList())
              .as("months of %s", account)
              .isEqualTo(List.copyOf(months.keySet()));
          checkChain(
              invoices.stream().map(StoredInvoice::invoice).toList(),
              months,
              onPlans.contains(account));
          checkDue(redis, account, invoices);
        });
    checkMoney(redis, records, customers, stored);
    System.out.printf(
        "%d invoices of %d accounts, %d entries, %d gateways died%n",
        stored.size(),
        byAccount.size(),
        entries.values().stream()
            .flatMap(months -> months.values().stream())
            .mapToInt(List::size)
            .sum(),
        kills.get());
  }

  private static void checkChain(
      List<Invoice> invoices, Map<YearMonth, List<Entry>> months, boolean isOnPlan) {
    if (isOnPlan) {
      assertThat(months).hasSize(MONTHS);
    }
    long balance = 0;
    for (Invoice invoice : invoices) {
      List<Entry> entries = months.getOrDefault(invoice.month(), List.of());
      long moved = entries.stream().mapToLong(Entry::amount).sum();
      assertThat(invoice.opening().nanoUsd()).isEqualTo(balance);
      balance += moved;
      assertThat(invoice.closing().nanoUsd()).as("after %s", invoice.month()).isEqualTo(balance);
      long charges = invoice.charges().stream().mapToLong(line -> line.amount().nanoUsd()).sum();
      long movements =
          invoice.movements().stream().mapToLong(line -> line.amount().nanoUsd()).sum();
      assertThat(movements - charges).isEqualTo(moved);
      assertThat(invoice.total().nanoUsd()).isEqualTo(charges);
      checkCents(invoice);
      long fees = entries.stream().filter(entry -> entry.kind().equals("plan_fee")).count();
      assertThat(fees).as("fees of %s", invoice.month()).isEqualTo(isOnPlan ? 1 : 0);
      assertThat(
              invoice.charges().stream()
                  .filter(line -> line.kind().equals("plan_fee"))
                  .mapToLong(line -> line.amount().nanoUsd())
                  .sum())
          .isEqualTo(fees * FEE);
    }
  }

  private static void checkCents(Invoice invoice) {
    long charges = invoice.charges().stream().mapToLong(line -> line.amount().cents()).sum();
    long movements = invoice.movements().stream().mapToLong(line -> line.amount().cents()).sum();
    assertThat(invoice.total().cents()).isEqualTo(charges);
    assertThat(invoice.opening().cents() + movements - charges)
        .isEqualTo(invoice.closing().cents());
    for (Invoice.Line line : invoice.charges()) {
      long off = line.amount().cents() * Money.NANO_PER_CENT - line.amount().nanoUsd();
      assertThat(Math.abs(off)).isLessThan(Money.NANO_PER_CENT);
    }
  }

  /** What is open is what is owed, no more and no less; nothing is asked of who pays before. */
  private static void checkDue(RedisForTests redis, String account, List<StoredInvoice> invoices) {
    boolean isByInvoice = redis.state(new AccountId(account)).creditLimitNanoUsd() > 0;
    long open = invoices.stream().mapToLong(StoredInvoice::openCents).sum();
    long owed = Math.max(0, -invoices.getLast().invoice().balanceCents());
    assertThat(open).as("open of %s", account).isEqualTo(isByInvoice ? owed : 0);
  }

  /** Every tax and payment is booked once, and nothing else came into the ledger. */
  private void checkMoney(
      RedisForTests redis,
      Records records,
      List<Customer> customers,
      List<StoredInvoice> invoices) {
    for (StoredInvoice invoice : invoices) {
      long tax = (invoice.invoice().total().cents() * 19 + 50) / 100;
      assertThat(invoice.invoice().addedTaxCents()).isEqualTo(tax);
      booked.put("invoice:" + invoice.invoice().id() + ":tax", -tax * Money.NANO_PER_CENT);
    }
    for (Customer customer : customers) {
      if (customer.isOnPlan()) {
        assertThat(redis.state(customer.account()).planRevision()).isEqualTo(MONTHS);
        for (int period = 1; period <= MONTHS; period++) {
          booked.put(customer.account() + ":plan:" + period, -FEE);
        }
      }
    }
    booked.values().removeIf(amount -> amount == 0);
    Map<String, Long> there = new TreeMap<>();
    for (Entry entry : entries(records)) {
      there.merge(
          entry.id().replaceAll(":(credit|settle|adjustment)$", ""), entry.amount(), Long::sum);
    }
    assertThat(there).isEqualTo(booked);
    long inRedis =
        customers.stream().mapToLong(one -> redis.state(one.account()).balanceNanoUsd()).sum();
    assertThat(inRedis).isEqualTo(booked.values().stream().mapToLong(Long::longValue).sum());
  }

  private static List<Entry> entries(Records records) {
    return records.read(
        connection ->
            Sql.of("select account, id, kind, amount, at from entries")
                .all(
                    connection,
                    row ->
                        new Entry(
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            row.getLong(4),
                            Months.of(row.getLong(5)))));
  }
}
