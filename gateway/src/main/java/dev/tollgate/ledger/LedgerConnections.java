package dev.tollgate.ledger;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The ledger, opened: one Redis connection for each event loop (a lane), and one more on the first
 * loop for work that no client waits for, so that it does not stand in a lane's way. Opening checks
 * that the server and the data on it fit. The event loops must be of the transport that Lettuce
 * takes: epoll on Linux, kqueue on macOS, NIO where neither is.
 */
public final class LedgerConnections implements AutoCloseable {
  private final List<LaneConnection> lanes;
  private final LaneConnection background;
  private final LedgerStart start;
  private final List<Ledger> ledgers;
  private final List<Accounts> accounts;
  private final List<KeptObjects> objects;
  private final List<RequestRecords> requests;
  private final Ledger backgroundLedger;
  private final Accounts backgroundAccounts;
  private final RedisHolds holds;
  private final Shards shards;
  private final LongSupplier clockOffsetMillis;
  private volatile String incarnation = "";

  private LedgerConnections(
      LedgerSettings settings,
      List<LaneConnection> lanes,
      LaneConnection background,
      LedgerStart start,
      LongSupplier clockOffsetMillis) {
    this.shards = new Shards(settings.shards());
    this.clockOffsetMillis = clockOffsetMillis;
    this.lanes = lanes;
    this.background = background;
    this.start = start;
    this.ledgers = new ArrayList<>();
    this.accounts = new ArrayList<>();
    this.requests = new ArrayList<>();
    this.objects = new ArrayList<>();
    for (LaneConnection lane : lanes) {
      ledgers.add(ledger(lane, shards, settings, clockOffsetMillis));
      accounts.add(new RedisAccounts(lane, shards, clockOffsetMillis));
      requests.add(new RedisRequestRecords(lane, shards));
      objects.add(new RedisObjects(lane, shards));
    }
    this.backgroundLedger = ledger(background, shards, settings, clockOffsetMillis);
    this.backgroundAccounts = new RedisAccounts(background, shards, clockOffsetMillis);
    this.holds = new RedisHolds(background, shards, settings.tombstoneMillis(), clockOffsetMillis);
  }

  /**
   * Connects and checks. Blocks: not for event loops.
   *
   * @throws LedgerUnavailableException when Redis cannot be reached in time
   * @throws IllegalArgumentException when the URI is none
   * @throws IllegalStateException when a server is too old, could forget the ledger, or its ledger
   *     was made with other settings; the message says which
   */
  public static LedgerConnections open(LedgerSettings settings, List<? extends EventLoop> loops) {
    return open(settings, loops, () -> 0);
  }

  /**
   * The same with a clock that is moved against that of Redis.
   *
   * @param clockOffsetMillis asked at every act, from any lane
   */
  public static LedgerConnections open(
      LedgerSettings settings, List<? extends EventLoop> loops, LongSupplier clockOffsetMillis) {
    List<LaneConnection> opened = new ArrayList<>();
    try {
      for (EventLoop loop : loops) {
        opened.add(LaneConnection.open(settings, loop));
      }
      LaneConnection background = LaneConnection.open(settings, loops.getFirst());
      opened.add(background);
      LedgerStart start = new LedgerStart(background, settings);
      start.check();
      List<LaneConnection> lanes = List.copyOf(opened.subList(0, loops.size()));
      return new LedgerConnections(settings, lanes, background, start, clockOffsetMillis);
    } catch (RuntimeException failure) {
      opened.forEach(LaneConnection::close);
      throw failure;
    }
  }

  /** The ledger of the event loop at this place in the list that was given to open. */
  public Ledger ledger(int lane) {
    return ledgers.get(lane);
  }

  /** The accounts of the event loop at this place in the list that was given to open. */
  public Accounts accounts(int lane) {
    return accounts.get(lane);
  }

  /** What providers keep, seen from the event loop at this place in that list. */
  public KeptObjects objects(int lane) {
    return objects.get(lane);
  }

  /** What became of requests, from the event loop at this place in that list. */
  public RequestRecords requests(int lane) {
    return requests.get(lane);
  }

  /** Runs, seen from the event loop at this place in that list. */
  public HeldRuns runs(int lane) {
    return new RedisRuns(lanes.get(lane), shards);
  }

  /** What is owed, for work that no client waits for; completes on the first event loop. */
  public OwedObjects owed() {
    return new RedisOwed(background, shards, clockOffsetMillis);
  }

  /** For work that no client waits for; completes on the first event loop. */
  public Ledger backgroundLedger() {
    return backgroundLedger;
  }

  /**
   * To be called before anything is archived: all gateways of a Redis must share an archive, since
   * each of them copies a part of the events. Blocks: not for event loops.
   *
   * @param id of the archive
   * @param name of its database, for the message
   * @throws IllegalStateException when the events of this Redis go to another archive
   */
  public void archiveTo(String id, String name) {
    start.checkArchive(id, name);
  }

  /** For putting back what an archive remembers; completes on the first event loop. */
  public LedgerRestore restore() {
    return new LedgerRestore(background, shards);
  }

  /** For work that no client waits for; completes on the first event loop. */
  public Accounts backgroundAccounts() {
    return backgroundAccounts;
  }

  /** The open holds of all gateways, for the {@link Reaper}; completes on the first event loop. */
  RedisHolds holds() {
    return holds;
  }

  /**
   * An audit that runs on the event loop at this place in the list that was given to open: best one
   * that serves no client.
   *
   * @param archive what the ledger is compared with
   */
  public Audit audit(int lane, AuditedArchive archive, AuditSettings settings) {
    return new Audit(
        lanes.get(lane),
        shards,
        archive,
        settings,
        clockOffsetMillis,
        this::incarnation,
        System::nanoTime);
  }

  /**
   * The streams of events, by the connection of the event loop at this place in the list that was
   * given to open: best of one that serves no client, for what comes is a lot to decode.
   */
  public EventStreams events(int lane) {
    return new EventStreams(lanes.get(lane), shards);
  }

  /**
   * Names the data that Redis has, by the run and the replication history of every primary: another
   * name means that one of them has been restarted or that another server has taken its place, and
   * that it may have forgotten what it had answered. Fails as the ledger does, also while a primary
   * is away or a replica stands in its place.
   */
  public CompletionStage<String> incarnation() {
    if (!background.isComplete()) {
      return CompletableFuture.failedFuture(
          LedgerUnavailableException.unsent("some slots have no Redis server"));
    }
    List<CompletionStage<String>> names =
        background.nodes().stream().map(this::incarnationOf).toList();
    return Stages.unwrapped(
        Stages.all(names)
            .thenApply(
                found -> {
                  String now = String.join(",", found.stream().sorted().toList());
                  if (!now.equals(incarnation) && !incarnation.isEmpty()) {
                    start.checkAgain();
                  }
                  incarnation = now;
                  return now;
                }));
  }

  private CompletionStage<String> incarnationOf(RedisNode node) {
    CompletionStage<String> run =
        background.call(node, c -> c.info("server"), info -> named(info, "run_id"));
    return background
        .call(node, c -> c.info("replication"), Function.identity())
        .thenCombine(
            run,
            (info, id) -> {
              if (LedgerStart.isReplica(info)) {
                background.distrust(node);
                throw new LedgerUnavailableException(node + " is a replica");
              }
              return id + ":" + named(info, "master_replid");
            });
  }

  private static String named(String info, String field) {
    return ServerCheck.field(info, field).orElse("unnamed");
  }

  /**
   * Whether every connection is up and answering; each is asked every second. On a cluster that
   * means every primary, and one for every slot: while one is away, its accounts are refused and
   * the others served. From any thread, at no cost.
   */
  public boolean isAvailable() {
    return background.isAvailable() && lanes.stream().allMatch(LaneConnection::isAvailable);
  }

  /** The servers that some lane cannot reach now, by name. From any thread. */
  public List<String> serversAway() {
    return Stream.concat(lanes.stream(), Stream.of(background))
        .flatMap(lane -> lane.nodes().stream())
        .filter(node -> !node.isAvailable())
        .map(RedisNode::name)
        .distinct()
        .sorted()
        .toList();
  }

  /** What is in flight fails. Blocks: not for event loops, which must still run. */
  @Override
  public void close() {
    lanes.forEach(LaneConnection::close);
    background.close();
  }

  private static Ledger ledger(
      LaneConnection lane, Shards shards, LedgerSettings settings, LongSupplier clockOffset) {
    return new RedisLedger(lane, shards, settings.tombstoneMillis(), clockOffset);
  }
}
