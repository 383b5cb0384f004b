package dev.tollgate.app;

import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.BookDesk;
import dev.tollgate.api.admin.AccountsDoor;
import dev.tollgate.api.admin.AdminAccess;
import dev.tollgate.api.admin.AuditDoor;
import dev.tollgate.api.admin.ConfigDoor;
import dev.tollgate.api.admin.HealthDoor;
import dev.tollgate.api.admin.KeysDoor;
import dev.tollgate.api.admin.UsageDoor;
import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.ConsumerName;
import dev.tollgate.archive.Drain;
import dev.tollgate.auth.Authenticator;
import dev.tollgate.auth.KnownKeys;
import dev.tollgate.billing.payment.Bookings;
import dev.tollgate.billing.plan.PlanRenewals;
import dev.tollgate.billing.plan.PlanSettings;
import dev.tollgate.billing.plan.Plans;
import dev.tollgate.checks.HealthChecks;
import dev.tollgate.config.ConfigWatcher;
import dev.tollgate.config.GatewayConfig;
import dev.tollgate.config.Snapshot;
import dev.tollgate.config.WatcherSettings;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Ids;
import dev.tollgate.http.HttpServer;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Router;
import dev.tollgate.kept.Keeper;
import dev.tollgate.kept.Watcher;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.AuditedArchive;
import dev.tollgate.ledger.EmbeddedRedis;
import dev.tollgate.ledger.Journal;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.LedgerConnections;
import dev.tollgate.ledger.Reaper;
import dev.tollgate.ledger.RedisAddress;
import dev.tollgate.metering.JtokkitEstimator;
import dev.tollgate.metrics.GatewayMetrics;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.proxy.EstimateLog;
import dev.tollgate.proxy.Lane;
import dev.tollgate.proxy.Provider;
import dev.tollgate.upstream.HostAddresses;
import dev.tollgate.upstream.PooledUpstream;
import dev.tollgate.upstream.ProviderSettings;
import dev.tollgate.upstream.Targets;
import dev.tollgate.upstream.TlsContexts;
import dev.tollgate.upstream.UpstreamObserver;
import io.micrometer.core.instrument.FunctionCounter;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway, wired by hand: what is built first is closed last. Starting and stopping
 * block; everything between happens on the event loops.
 */
@Blocking
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  private final Deque<AutoCloseable> closers = new ArrayDeque<>();
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final SecureRandom random = new SecureRandom();
  private final Metrics metrics = new Metrics();
  private final LiveConfig config;
  private final Invoicing invoicing;
  private final List<Router> publicRouters = new ArrayList<>();
  private final HttpServer publicServer;
  private final Router opsRouter;
  private final HttpServer opsServer;

  private Gateway(
      ConfigSource source,
      Snapshot snapshot,
      GatewayClock time,
      UnaryOperator<OpenBooks> seenThrough)
      throws IOException {
    clock = time.here();
    nanoTime = time.nanoTime();
    config = new LiveConfig(snapshot, metrics.registry(), clock);
    GatewayConfig gateway = snapshot.gateway();
    try {
      Loops loops = opened(Loops.start(Runtime.getRuntime().availableProcessors()));
      RedisAddress redis = redis(gateway);
      LedgerConnections ledger =
          opened(
              LedgerConnections.open(
                  gateway.limits().ledger(redis), loops.all(), time.ledgerOffsetMillis()));
      ArchiveSettings archived = gateway.limits().archive(gateway.archive(), gateway.dataDir());
      Archive archive = opened(Archive.open(archived));
      ledger.archiveTo(archive.id(), archive.name());
      Drain drain = opened(drain(gateway, ledger, archive, loops));
      opened(archiveCleaning(archive));
      Journal journal = opened(journal(gateway, ledger));
      Reaper reaper = opened(reaper(gateway, ledger, loops));
      opened(planRenewals(gateway, ledger, archive, journal, drain, loops));
      Quiescence quiescence =
          new Quiescence(
              new ArrayList<>(), gateway.limits().publicServer(gateway.listen()).drainMillisMax());
      Workers readers =
          opened(new Workers("books", archived.readersMax(), archived.readsWaitingMax()));
      invoicing = opened(new Invoicing(archive.records(), readers, clock));
      OpenBooks books = seenThrough.apply(new OpenBooks(archive.books(), drain));
      Function<EventLoop, BookDesk> desks =
          loop -> new BookDesk(books.books(), books.catchUp(), readers, loop);
      PaymentParts payments =
          opened(payments(gateway, ledger, journal, drain, archive, books, loops));
      Dialects dialects = new Dialects(topUpUrl(gateway), gateway.limits().meters());
      Refusals refusals = new Refusals(dialects);
      RefusalRenderer counted = new CountedRefusals(refusals, metrics.engine()::onRefused);
      publicServer =
          publicServer(
              gateway,
              loops,
              ledger,
              journal,
              drain,
              dialects,
              counted,
              quiescence,
              desks,
              payments);
      closers.push(quiescence::awaitExchanges);
      ConfigWatcher watcher =
          opened(
              new ConfigWatcher(
                  source.loader(), snapshot, config, WatcherSettings.DEFAULT, System::nanoTime));
      AuditedArchive audited =
          archive.audited(gateway.limits().audit().archiveQueryMillisMax(), drain, readers);
      opsRouter =
          opsRouter(
              gateway, loops, ledger, journal, drain, refusals, watcher, audited, desks, payments);
      opsServer = opsServer(gateway, loops);
      metrics.watch(ledger, journal, reaper);
      metrics.watch(drain);
      listen(publicServer);
      listen(opsServer);
      watcher.start();
      int ops = loops.all().size() - 1;
      invoicing.start(
          gateway,
          () -> config.snapshot().gateway().invoices(),
          ledger.accounts(ops),
          journal.journaled(ledger.ledger(ops), loops.ops(), drain),
          drain,
          () -> new Ids(random),
          metrics.registry());
    } catch (IOException | RuntimeException failure) {
      close();
      throw failure;
    }
    LOG.info("ready public={} ops={}", publicPort(), opsPort());
  }

  /**
   * Starts everything and returns when requests are served.
   *
   * @throws IOException when a port or a file cannot be had; the message names it
   * @throws dev.tollgate.ledger.LedgerUnavailableException when Redis cannot be reached
   * @throws dev.tollgate.ledger.JournalException when the journal cannot be used
   * @throws dev.tollgate.archive.ArchiveException when the archive cannot be opened
   */
  public static Gateway start(ConfigSource source, Snapshot snapshot) throws IOException {
    return start(source, snapshot, GatewayClock.system(), UnaryOperator.identity());
  }

  /**
   * The same at another time.
   *
   * @param seenThrough what stands between the archive and who reads it
   */
  static Gateway start(
      ConfigSource source,
      Snapshot snapshot,
      GatewayClock time,
      UnaryOperator<OpenBooks> seenThrough)
      throws IOException {
    return new Gateway(source, snapshot, time, seenThrough);
  }

  public int publicPort() {
    return publicServer.port();
  }

  public int opsPort() {
    return opsServer.port();
  }

  /** What the public port serves, but for the plain routes of the card. */
  Set<String> publicPaths() {
    return publicRouters.getFirst().paths();
  }

  /** What the ops port serves. */
  Set<String> opsPaths() {
    return opsRouter.paths();
  }

  private RedisAddress redis(GatewayConfig gateway) {
    return switch (gateway.redis()) {
      case GatewayConfig.Redis.Elsewhere elsewhere -> elsewhere.address();
      case GatewayConfig.Redis.Embedded embedded ->
          RedisAddress.of(
              opened(EmbeddedRedis.start(gateway.limits().embeddedRedis(gateway.dataDir()))).uri());
    };
  }

  private Drain drain(GatewayConfig gateway, LedgerConnections ledger, Archive archive, Loops loops)
      throws IOException {
    int ops = loops.all().size() - 1;
    String consumer = ConsumerName.in(gateway.dataDir(), random);
    Drain drain =
        new Drain(gateway.limits().drain(), ledger.events(ops), archive.store(), consumer);
    drain.start();
    return drain;
  }

  /** What an earlier run has left is settled first; when that takes too long, requests wait. */
  private Journal journal(GatewayConfig gateway, LedgerConnections ledger) {
    Journal journal =
        Journal.open(
            gateway.limits().journal(),
            gateway.dataDir(),
            ledger,
            gateway.limits().ledgerNowhere().tombstoneMillis(),
            clock);
    if (!journal.awaitStarted()) {
      LOG.warn("charges of an earlier run still wait for Redis: nothing is admitted before");
    }
    return journal;
  }

  private Reaper reaper(GatewayConfig gateway, LedgerConnections ledger, Loops loops) {
    return Reaper.start(
        gateway.limits().reaper(),
        ledger,
        loops.all().getFirst(),
        () -> config.catalog().settings().leaseMillis());
  }

  /** Drops the archive's oldest requests once a day, first an hour after the start. */
  private Chore archiveCleaning(Archive archive) {
    return Chore.start(
        "archive-cleaning",
        TimeUnit.HOURS.toMillis(1),
        TimeUnit.DAYS.toMillis(1),
        () -> archive.dropOldRequests(clock.millis()));
  }

  private Chore planRenewals(
      GatewayConfig gateway,
      LedgerConnections ledger,
      Archive archive,
      Journal journal,
      Drain drain,
      Loops loops) {
    int ops = loops.all().size() - 1;
    PlanSettings settings = gateway.limits().plans();
    PlanRenewals renewals =
        new PlanRenewals(
            settings,
            archive.records(),
            ledger.accounts(ops),
            journal.journaled(ledger.ledger(ops), loops.ops(), drain),
            () -> config.snapshot().rates(),
            clock);
    FunctionCounter.builder("tollgate.plans.looks", renewals, PlanRenewals::looks)
        .description("Looks for plans whose period has ended")
        .register(metrics.registry());
    return Chore.start("plans", settings.lookMillis(), settings.lookMillis(), renewals::look);
  }

  private Plans plans(Accounts accounts, Ledger ledger) {
    Ids ids = new Ids(random);
    return new Plans(
        accounts,
        ledger,
        () -> config.snapshot().rates(),
        clock,
        () -> ids.nextRequestId().value());
  }

  /** Books from the ops loop, so that no lane waits for a payment. */
  private PaymentParts payments(
      GatewayConfig gateway,
      LedgerConnections ledger,
      Journal journal,
      Drain drain,
      Archive archive,
      OpenBooks books,
      Loops loops) {
    int ops = loops.all().size() - 1;
    Bookings bookings =
        new Bookings(
            journal.journaled(ledger.ledger(ops), loops.ops(), drain),
            ledger.accounts(ops),
            books.catchUp(),
            archive.records(),
            loops.ops());
    return new PaymentParts(
        gateway,
        archive.records(),
        bookings,
        () -> config.snapshot().rates(),
        this::publicPort,
        metrics.registry(),
        clock);
  }

  private static String topUpUrl(GatewayConfig gateway) {
    return gateway.publicUrl() == null ? "/account" : gateway.publicUrl() + "/account";
  }

  private HttpServer publicServer(
      GatewayConfig gateway,
      Loops loops,
      LedgerConnections ledger,
      Journal journal,
      Drain drain,
      Dialects dialects,
      RefusalRenderer refusals,
      Quiescence quiescence,
      Function<EventLoop, BookDesk> desks,
      PaymentParts payments)
      throws IOException {
    JtokkitEstimator estimator = opened(new JtokkitEstimator(gateway.limits().estimator()));
    // Before it is closed: what a stop breaks off is counted as at any time.
    closers.push(quiescence::awaitCharged);
    List<Lane> lanes = quiescence.lanes();
    HostAddresses addresses = new HostAddresses(gateway.limits().upstream(), System::nanoTime);
    TlsContexts tls = new TlsContexts();
    Targets targets = new Targets(gateway.limits().breakers(), nanoTime);
    KnownKeys knownKeys = new KnownKeys(gateway.limits().auth());
    ProviderStates states = metrics.watch(config, targets);
    opened(StateLog.start(states, loops.ops()));
    PublicRoutes routes = new PublicRoutes(dialects, refusals, config, clock, invoicing, states);
    GatewayMetrics listener = metrics.engine();
    UpstreamObserver observer = metrics.upstream();
    List<EventLoop> laneLoops = loops.lanes();
    for (int i = 0; i < laneLoops.size(); i++) {
      EventLoop loop = laneLoops.get(i);
      Authenticator authenticator =
          new Authenticator(gateway.limits().auth(), knownKeys, ledger.accounts(i)::findKeyByHash);
      PooledUpstream upstream =
          opened(
              new PooledUpstream(
                  loop, gateway.limits().upstream(), addresses, tls, System::nanoTime, observer));
      config.eachTime(catalog -> upstream.keepWarm(settings(catalog)));
      Lane lane =
          new Lane(
              loop,
              authenticator,
              journal.journaled(ledger.ledger(i), loop, drain),
              upstream,
              estimator,
              config::catalog,
              clock,
              listener.and(new EstimateLog(System::nanoTime)),
              targets,
              new SplittableRandom(random.nextLong()));
      lanes.add(lane);
      Keeper keeper = new Keeper(lane, ledger.objects(i), gateway.limits().objects());
      if (i == 0) {
        metrics.watch(opened(Watcher.start(keeper, ledger.owed(), dialects)));
        HealthChecks checks = opened(healthChecks(lane, dialects, targets));
        config.eachTime(catalog -> checks.configChanged());
      }
      publicRouters.add(
          routes.router(
              lane,
              authenticator,
              ledger.accounts(i),
              ledger.requests(i),
              keeper,
              desks.apply(loop),
              plans(ledger.accounts(i), journal.journaled(ledger.ledger(i), loop, drain)),
              payments.on(loop),
              new Ids(random),
              RunRoutes.of(lane, ledger, i, keeper, dialects, config)));
    }
    return new HttpServer(
        gateway.limits().publicServer(gateway.listen()),
        laneLoops.getFirst(),
        laneLoops,
        loop -> publicRouters.get(laneLoops.indexOf(loop)),
        () -> new Ids(random),
        clock,
        metrics.server("public"));
  }

  private static List<ProviderSettings> settings(Catalog catalog) {
    return catalog.providers().values().stream().map(Provider::settings).toList();
  }

  private HealthChecks healthChecks(Lane lane, Dialects dialects, Targets targets) {
    return HealthChecks.start(
        lane,
        dialects,
        targets,
        metrics.checks(),
        new SplittableRandom(random.nextLong()),
        nanoTime);
  }

  private Router opsRouter(
      GatewayConfig gateway,
      Loops loops,
      LedgerConnections ledger,
      Journal journal,
      Drain drain,
      Refusals refusals,
      ConfigWatcher watcher,
      AuditedArchive audited,
      Function<EventLoop, BookDesk> desks,
      PaymentParts payments) {
    int ops = loops.all().size() - 1;
    Ids ids = new Ids(random);
    AdminAccess access =
        new AdminAccess(() -> config.snapshot().gateway().ops().adminToken(), refusals);
    Ledger journaled = journal.journaled(ledger.ledger(ops), loops.ops(), drain);
    ExecutorService offLoop = opened(Executors.newVirtualThreadPerTaskExecutor());
    return new OpsRoutes(refusals, access)
        .invoices(
            invoicing.operators(
                journal.journaled(ledger.ledger(ops), loops.ops(), drain),
                ids,
                refusals,
                loops.ops()))
        .router(
            new AccountsDoor(
                ledger.accounts(ops),
                journaled,
                plans(ledger.accounts(ops), journaled),
                ids,
                refusals),
            new KeysDoor(
                ledger.accounts(ops), ids, () -> config.snapshot().gateway().keyPrefix(), refusals),
            new UsageDoor(new AccountBooks(desks.apply(loops.ops()), clock), refusals),
            new AuditDoor(
                ledger.audit(ops, audited, gateway.limits().audit()),
                () -> config.snapshot().gateway().limits().proxy().leaseMillis(),
                refusals),
            payments.door(refusals, loops.ops()),
            new ConfigDoor(config::document, watcher::reload, offLoop),
            new HealthDoor(ledger::isAvailable, ledger::serversAway, journal::state, drain::state),
            metrics);
  }

  private HttpServer opsServer(GatewayConfig gateway, Loops loops) throws IOException {
    return new HttpServer(
        gateway.limits().opsServer(gateway.ops()),
        loops.ops(),
        List.of(loops.ops()),
        loop -> opsRouter,
        () -> new Ids(random),
        clock,
        metrics.server("ops"));
  }

  private void listen(HttpServer server) throws IOException {
    await(server.start());
    closers.push(() -> await(server.stop()));
  }

  private static void await(CompletionStage<@Nullable Void> stage) throws IOException {
    try {
      stage.toCompletableFuture().join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof IOException io ? io : new IOException(failure.getCause());
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    closers.push(part);
    return part;
  }

  /** Stops accepting, lets what is in flight end within its bound, and closes the rest. */
  @Override
  public void close() {
    while (!closers.isEmpty()) {
      AutoCloseable part = closers.pop();
      try {
        part.close();
      } catch (IOException | UncheckedIOException broken) {
        LOG.warn("could not be closed in good order: {}", broken.getMessage());
      } catch (Exception broken) {
        LOG.warn("could not be closed in good order", broken);
      }
    }
  }
}
