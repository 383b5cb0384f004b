package dev.tollgate.app;

import dev.tollgate.api.customer.CustomerAccess;
import dev.tollgate.api.customer.InvoicesDoor;
import dev.tollgate.archive.CatchUp;
import dev.tollgate.archive.Records;
import dev.tollgate.billing.Office;
import dev.tollgate.billing.invoice.InvoiceMaker;
import dev.tollgate.billing.invoice.InvoicePayments;
import dev.tollgate.billing.invoice.InvoiceSettings;
import dev.tollgate.billing.invoice.Invoices;
import dev.tollgate.billing.mail.MailServer;
import dev.tollgate.billing.mail.ReceiptSender;
import dev.tollgate.config.GatewayConfig;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Ids;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Ledger;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway does about invoices and receipts: a thread each that makes and sends them, and
 * doors for who asks for invoices.
 */
@Blocking
final class Invoicing implements AutoCloseable {
  private static final long FIRST_MILLIS = 1_000;

  private final Records records;
  private final Executor workers;
  private final InstantSource clock;
  private final List<Chore> chores = new ArrayList<>();

  /**
   * @param workers run what blocks of what the doors are asked
   */
  Invoicing(Records records, Executor workers, InstantSource clock) {
    this.records = records;
    this.workers = workers;
    this.clock = clock;
  }

  /**
   * Begins to look for what is to be done.
   *
   * @param ledger with a journal; may be called from any thread
   */
  void start(
      GatewayConfig config,
      Supplier<InvoiceSettings> settings,
      Accounts accounts,
      Ledger ledger,
      CatchUp catchUp,
      Supplier<Ids> ids,
      MeterRegistry metrics) {
    InvoiceMaker maker =
        new InvoiceMaker(
            records,
            accounts,
            ledger,
            catchUp,
            settings,
            config.limits().invoices(),
            clock,
            ids.get());
    FunctionCounter.builder("tollgate.invoices.made", maker, InvoiceMaker::made)
        .description("Invoices that this gateway has made")
        .register(metrics);
    repeat("invoices", maker::look, config.limits().invoices().lookMillis());
    @Nullable MailServer server = config.email();
    if (server != null) {
      Ids claims = ids.get();
      ReceiptSender sender =
          new ReceiptSender(
              records,
              accounts,
              server,
              config.limits().mail(),
              () -> settings.get().seller().name(),
              clock,
              () -> claims.nextRequestId().value());
      sender.ended().forEach((outcome, count) -> watch(metrics, outcome, count));
      repeat("receipts", sender::look, config.limits().mail().lookMillis());
    }
  }

  private static void watch(MeterRegistry metrics, String outcome, LongAdder count) {
    FunctionCounter.builder("tollgate.receipts", count, LongAdder::sum)
        .description("Receipts that this gateway has sent or given up, and tries that failed")
        .tag("outcome", outcome)
        .register(metrics);
  }

  private void repeat(String what, Runnable look, long restMillis) {
    chores.add(Chore.start(what, Math.min(FIRST_MILLIS, restMillis), restMillis, look));
  }

  /** For one lane. */
  InvoicesDoor customers(CustomerAccess access, Executor loop) {
    return new InvoicesDoor(access, new Office(workers, loop), new Invoices(records), clock);
  }

  /** For the ops port. */
  dev.tollgate.api.admin.InvoicesDoor operators(
      Ledger ledger, Ids ids, RefusalRenderer refusals, Executor loop) {
    return new dev.tollgate.api.admin.InvoicesDoor(
        new Office(workers, loop),
        new Invoices(records),
        new InvoicePayments(records),
        ledger,
        ids,
        clock,
        refusals);
  }

  /** Interrupts what is under way: whatever was not committed is done by another gateway. */
  @Override
  public void close() {
    chores.forEach(Chore::close);
  }
}
