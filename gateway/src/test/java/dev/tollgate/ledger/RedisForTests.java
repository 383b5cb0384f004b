package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.NewAccount;
import dev.tollgate.ledger.Accounts.NewKey;
import io.lettuce.core.KeyValue;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAddArgs;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A ledger to test with: connections of its own to the one Redis that all tests of this JVM share,
 * and fresh accounts and keys on it. Every test makes its own accounts, so none sees another's.
 */
public final class RedisForTests implements AutoCloseable {
  public static final long USD = 1_000_000_000L;

  /**
   * Bears the tests of the ledger and its drain that run on the shared Redis: they are repeated on
   * a cluster and on the oldest Redis.
   */
  public static final String ON_THE_SHARED = "shared-redis";

  /** Bears those that start servers of their own: they are repeated on the oldest Redis. */
  public static final String ON_ITS_OWN = "own-redis";

  private static final int EVENTS_PER_PAGE = 500;
  private static final Shards SHARDS = new Shards(64);
  private static final long CLOCK_MILLIS_MIN = 946_684_800_001L;

  private final TestLoops loops;
  private final LedgerConnections connections;
  private final LaneConnection raw;
  private final AtomicLong clockOffsetMillis = new AtomicLong();

  /** Of each account that was made here, the last event that was in its stream before. */
  private final Map<AccountId, String> beginnings = new ConcurrentHashMap<>();

  private final Ids ids = new Ids(new SecureRandom());

  private RedisForTests(LedgerSettings settings, int lanes) {
    this.loops = new TestLoops(lanes);
    this.connections = LedgerConnections.open(settings, loops.all(), clockOffsetMillis::get);
    this.raw = LaneConnection.open(settings, loops.all().getFirst());
  }

  /** One lane to the shared Redis. */
  public static RedisForTests open() {
    return open(1);
  }

  public static RedisForTests open(int lanes) {
    return open(settings(address()), lanes);
  }

  public static RedisForTests open(LedgerSettings settings, int lanes) {
    return new RedisForTests(settings, lanes);
  }

  /** As in production, but patient: a busy machine is no fault of the ledger. */
  public static LedgerSettings settings(String uri) {
    return settings(RedisAddress.of(uri));
  }

  public static LedgerSettings settings(RedisAddress redis) {
    return new LedgerSettings(redis, "", 64, 30_000, 30_000, 16_384, 100, 86_400_000, Set.of());
  }

  /**
   * Of the one Redis of this JVM, which is started when it is first asked for; the bundled one with
   * {@code -Dtollgate.test.redis=bundled}, a cluster with {@code cluster}.
   */
  public static RedisAddress address() {
    return Shared.REDIS.address();
  }

  /** The same as {@code redis} in a configuration has it. */
  public static String yaml() {
    return yaml(address());
  }

  static String yaml(RedisAddress address) {
    return switch (address) {
      case RedisAddress.Server server -> '"' + server.uri() + '"';
      case RedisAddress.Cluster cluster ->
          cluster.uris().stream().collect(Collectors.joining("\", \"", "[\"", "\"]"));
    };
  }

  /** A key in the slot of that account. */
  public static String shardOf(AccountId account) {
    return SHARDS.of(account).holds();
  }

  public LedgerConnections connections() {
    return connections;
  }

  public List<EventLoop> loops() {
    return loops.all();
  }

  public Ledger ledger() {
    return connections.ledger(0);
  }

  public Accounts accounts() {
    return connections.accounts(0);
  }

  /** For commands beside the ledger's own. */
  LaneConnection raw() {
    return raw;
  }

  public void moveClock(long millis) {
    clockOffsetMillis.addAndGet(millis);
  }

  /** From here on it is this time, and stays so until it is set again. */
  public void setClock(long epochMillis) {
    if (epochMillis < CLOCK_MILLIS_MIN) {
      throw new IllegalArgumentException("too early to be told from an offset: " + epochMillis);
    }
    clockOffsetMillis.set(epochMillis);
  }

  public long clock() {
    return clockOffsetMillis.get();
  }

  public RequestId nextRequest() {
    return ids.nextRequestId();
  }

  /** A new account with this balance and the list price. */
  public AccountId account(long balanceNanoUsd) {
    return account(balanceNanoUsd, 1_000_000, 0);
  }

  public AccountId account(long balanceNanoUsd, long multiplierPpm, long creditLimitNanoUsd) {
    return create(ids.nextAccountId(), balanceNanoUsd, multiplierPpm, creditLimitNanoUsd);
  }

  /** A new account in the shard of that one, and so on the same server of a cluster. */
  AccountId accountBeside(AccountId other, long balanceNanoUsd) {
    AccountId id = ids.nextAccountId();
    while (SHARDS.numberOf(id) != SHARDS.numberOf(other)) {
      id = ids.nextAccountId();
    }
    return create(id, balanceNanoUsd, 1_000_000, 0);
  }

  private AccountId create(
      AccountId id, long balanceNanoUsd, long multiplierPpm, long creditLimitNanoUsd) {
    beginnings.put(id, lastEvent(id));
    var unused =
        await(
            accounts()
                .create(
                    new NewAccount(id, "Test", "t@example", multiplierPpm, creditLimitNanoUsd)));
    if (balanceNanoUsd > 0) {
      credit(id, balanceNanoUsd);
    }
    return id;
  }

  public void credit(AccountId account, long nanoUsd) {
    Credit credit =
        new Credit(ids.nextRequestId().value(), account, Credit.Kind.TOPUP, nanoUsd, "test");
    if (!(await(ledger().credit(credit)) instanceof CreditOutcome.Credited)) {
      throw new IllegalStateException("not credited: " + credit);
    }
  }

  /** A new key without limits of the account. */
  public KeyRef key(AccountId account) {
    return key(account, null, null, List.of());
  }

  /** A new key of a new account. */
  public KeyRef keyWith(long balanceNanoUsd) {
    return key(account(balanceNanoUsd));
  }

  public KeyRef key(
      AccountId account,
      @Nullable Long quotaNanoUsd,
      @Nullable Long concurrencyMax,
      List<String> models) {
    List<Budget> budgets = new ArrayList<>();
    if (quotaNanoUsd != null) {
      budgets.add(quota(quotaNanoUsd));
    }
    if (concurrencyMax != null) {
      budgets.add(concurrency(concurrencyMax));
    }
    return key(account, budgets, models);
  }

  /** A new key with these budgets. */
  public KeyRef key(AccountId account, Budget... budgets) {
    return key(account, List.of(budgets), List.of());
  }

  private KeyRef key(AccountId account, List<Budget> budgets, List<String> models) {
    KeyRef ref = new KeyRef(account, ids.nextKeyId());
    create(new NewKey(ref, hash(ref), "hint", "", budgets, models, List.of(), null));
    return ref;
  }

  public static Budget quota(long nanoUsd) {
    return budget("quota", Budget.Unit.USD, "lifetime", nanoUsd);
  }

  public static Budget concurrency(long max) {
    return budget("concurrency", Budget.Unit.CONCURRENT, "lifetime", max);
  }

  /** A budget of a key. */
  public static Budget budget(String name, Budget.Unit unit, String period, long limit) {
    return Budget.of(name, Budget.Scope.KEY, unit, Period.parse(period), limit);
  }

  public void change(KeyRef key, BudgetChange... changes) {
    var unused =
        await(accounts().updateKey(key, new Accounts.KeyPatch(List.of(changes)))).orElseThrow();
  }

  public void change(AccountId account, BudgetChange... changes) {
    var unused =
        await(accounts().update(account, new Accounts.AccountPatch(List.of(changes))))
            .orElseThrow();
  }

  /** Puts budgets on an account. */
  public void put(AccountId account, Budget... budgets) {
    change(account, Arrays.stream(budgets).map(BudgetChange::put).toArray(BudgetChange[]::new));
  }

  /** What is used of a budget of a key; 0 without it. */
  public long used(KeyRef key, String budget) {
    BudgetState state = state(key).budget(budget);
    return state == null ? 0 : state.used();
  }

  public long held(KeyRef key, String budget) {
    BudgetState state = state(key).budget(budget);
    return state == null ? 0 : state.held();
  }

  public KeyState create(NewKey key) {
    return await(accounts().createKey(key)).orElseThrow();
  }

  /** A stand-in for a SHA-256, of its own for each key. */
  public static String hash(KeyRef key) {
    return "%064x"
        .formatted(new BigInteger(1, key.key().value().getBytes(StandardCharsets.UTF_8)))
        .substring(0, 64);
  }

  public HoldOutcome hold(RequestId request, KeyRef key, long quoteNanoUsd) {
    return hold(request, key, quoteNanoUsd, 100, "llama");
  }

  public HoldOutcome hold(
      RequestId request, KeyRef key, long quoteNanoUsd, long quoteTokens, String model) {
    return await(
        ledger().hold(new HoldRequest(request, key, quoteNanoUsd, quoteTokens, model, 60_000)));
  }

  /** Why a new request is refused. */
  public Refusal refusal(KeyRef key, long quoteNanoUsd) {
    return ((HoldOutcome.Refused) hold(nextRequest(), key, quoteNanoUsd)).refusal();
  }

  /** Holds and settles the same, at once. */
  public void spend(KeyRef key, long nanoUsd) {
    RequestId request = nextRequest();
    if (!(hold(request, key, nanoUsd) instanceof HoldOutcome.Held)) {
      throw new AssertionError("not held: " + nanoUsd);
    }
    settle(request, key, nanoUsd, nanoUsd);
  }

  public SettleOutcome settle(RequestId request, KeyRef key, long costNanoUsd, long heldNanoUsd) {
    return await(ledger().settle(settlement(request, key, costNanoUsd, heldNanoUsd)));
  }

  public SettleOutcome release(RequestId request, KeyRef key) {
    return await(ledger().release(request, key, "test"));
  }

  /** Renews for a minute; with a checkpoint, unless the cost is 0. */
  boolean renew(RequestId request, KeyRef key, long costNanoUsd) {
    return await(ledger().renew(checkpoint(request, key, costNanoUsd, 1_500), 60_000));
  }

  /**
   * @param tokens 0 only without a cost
   */
  static Settlement checkpoint(RequestId request, KeyRef key, long cost, long tokens) {
    Settlement so = settlement(request, key, cost, 0, Math.max(500, tokens));
    Usage usage = cost == 0 ? Usage.NONE : so.usage();
    return new Settlement(request, key, so.kind(), cost, cost, 0, usage, so.facts());
  }

  SettleOutcome settlePart(RequestId request, KeyRef key, int number, long cost, long left) {
    return await(ledger().settlePart(settlement(request, key, cost, left), number));
  }

  /** Whether its hold was abandoned, and has been ended now. */
  boolean reap(RequestId request, KeyRef key) {
    return await(connections.holds().reap(SHARDS.of(key.account()), request)).isPresent();
  }

  public static Settlement settlement(RequestId request, KeyRef key, long cost, long held) {
    return settlement(request, key, cost, held, 1_500);
  }

  /**
   * @param tokens at least 500, which are output
   */
  public static Settlement settlement(
      RequestId request, KeyRef key, long cost, long held, long tokens) {
    Usage usage = Usage.builder().set(Meter.INPUT, tokens - 500).set(Meter.OUTPUT, 500).build();
    RequestFacts facts =
        new RequestFacts(
            "/v1/chat/completions",
            "llama",
            "acme",
            "llama-up",
            200,
            true,
            "",
            "acme:ok:12",
            1,
            2,
            3);
    return new Settlement(request, key, "debit_inference", cost, cost, held, usage, facts);
  }

  /** The state of the account now. */
  public Accounts.AccountState state(AccountId account) {
    return await(accounts().find(account)).orElseThrow();
  }

  public KeyState state(KeyRef key) {
    return await(accounts().findKey(key)).orElseThrow();
  }

  /** What the ledger remembers of a request of the key's account. */
  public Optional<RequestRecord> record(KeyRef key, RequestId request) {
    return await(connections.requests(0).find(key.account(), request));
  }

  /** Without an event, as no script does it. */
  public void changeBalance(AccountId account, long nanoUsd) {
    String record = SHARDS.of(account).account(account);
    var unused = await(raw.call(c -> c.hset(record, "balance", "" + nanoUsd), isNew -> isNew));
  }

  /** What a request would be charged were its gateway gone now; null without a checkpoint. */
  public @Nullable Long checkpointNanoUsd(AccountId account, RequestId request) {
    String hold = SHARDS.of(account).hold(request);
    List<KeyValue<String, String>> found =
        await(raw.call(c -> c.hmget(hold, "checkpoint"), fields -> fields));
    // The cost is the first of a JSON array of texts.
    return found.getFirst().hasValue()
        ? Long.valueOf(found.getFirst().getValue().split("\"", 3)[1])
        : null;
  }

  /** The id of the newest event of the account's shard. */
  private String lastEvent(AccountId account) {
    String stream = SHARDS.of(account).events();
    List<StreamMessage<String, String>> last =
        await(raw.call(c -> c.xrevrange(stream, Range.unbounded(), Limit.from(1)), all -> all));
    return last.isEmpty() ? "0" : last.getFirst().getId();
  }

  /** As an operator could, by a mistake: of every server. */
  public void flushAll() {
    raw.nodes().forEach(node -> await(raw.call(node, c -> c.flushall(), said -> said)));
  }

  /** Whether there is such a key. */
  public boolean exists(String key) {
    return await(raw.call(c -> c.exists(key), count -> count > 0));
  }

  /** Puts an event into the stream of its account's shard, at a place behind all that are there. */
  public CompletionStage<String> write(
      AccountId account, StreamPlace place, Map<String, String> fields) {
    String stream = SHARDS.of(account).events();
    XAddArgs at = new XAddArgs().id(place.toString());
    return raw.call(c -> c.xadd(stream, at, fields), id -> id);
  }

  /** The events of one account, oldest first. */
  public List<Map<String, String>> events(AccountId account) {
    String stream = SHARDS.of(account).events();
    List<Map<String, String>> found = new ArrayList<>();
    String beginning = beginnings.getOrDefault(account, "0");
    Range<String> range =
        Range.from(Range.Boundary.excluding(beginning), Range.Boundary.unbounded());
    while (true) {
      Range<String> next = range;
      List<StreamMessage<String, String>> page =
          await(raw.call(c -> c.xrange(stream, next, Limit.from(EVENTS_PER_PAGE)), all -> all));
      for (StreamMessage<String, String> event : page) {
        if (account.value().equals(event.getBody().get("account"))) {
          found.add(event.getBody());
        }
      }
      if (page.size() < EVENTS_PER_PAGE) {
        return found;
      }
      range =
          Range.from(Range.Boundary.excluding(page.getLast().getId()), Range.Boundary.unbounded());
    }
  }

  /** The events of one request, oldest first. */
  public List<Map<String, String>> events(KeyRef key, RequestId request) {
    return events(key.account()).stream()
        .filter(event -> request.value().equals(event.get("request")))
        .toList();
  }

  public static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failure;
    }
  }

  @Override
  public void close() {
    raw.close();
    connections.close();
    loops.close();
  }

  /** Lives as long as this JVM. */
  private record Shared(RedisAddress address, AutoCloseable server, Path directory) {
    static final Shared REDIS = start();

    private static Shared start() {
      try {
        Path directory = Files.createTempDirectory("tollgate-test");
        Shared shared = RedisBinaries.isCluster() ? cluster(directory) : single(directory);
        Runtime.getRuntime().addShutdownHook(new Thread(shared::stop));
        return shared;
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    private static Shared single(Path directory) {
      EmbeddedRedisSettings settings = EmbeddedRedisSettings.of(directory);
      boolean isBundled = RedisBinaries.searchPath().isEmpty();
      EmbeddedRedis redis = EmbeddedRedis.start(isBundled ? settings.bundled() : settings);
      return new Shared(RedisAddress.of(redis.uri()), redis, directory);
    }

    private static Shared cluster(Path directory) throws IOException {
      RedisClusterForTests cluster = RedisClusterForTests.start();
      return new Shared(cluster.address(), cluster, directory);
    }

    private void stop() {
      try {
        server.close();
        Trees.delete(directory);
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    }
  }
}
