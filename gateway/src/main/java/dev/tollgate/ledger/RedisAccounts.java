package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.SetArgs;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Accounts and keys in Redis. Reads are plain commands and may see a key and its budgets a moment
 * apart. Holds no state; any thread may call it, and its stages complete on the event loop of its
 * connection.
 */
final class RedisAccounts implements Accounts {
  private static final int PAGE_ACCOUNTS_MAX = 1_000;

  private final LaneConnection redis;
  private final Shards shards;
  private final LongSupplier clockOffsetMillis;

  RedisAccounts(LaneConnection redis, Shards shards, LongSupplier clockOffsetMillis) {
    this.redis = redis;
    this.shards = shards;
    this.clockOffsetMillis = clockOffsetMillis;
  }

  @Override
  public CompletionStage<AccountState> create(NewAccount account) {
    Shard shard = shards.of(account.id());
    String[] keys = {shard.account(account.id()), shard.accounts(), shard.events()};
    return Stages.unwrapped(
        redis
            .run(
                Script.ACCOUNT_CREATE,
                keys,
                AccountFields.of(account, clockOffset()),
                fields -> fields)
            .thenCompose(created -> find(account.id()))
            .thenApply(Optional::orElseThrow));
  }

  @Override
  public CompletionStage<Optional<AccountState>> find(AccountId account) {
    Shard shard = shards.of(account);
    String record = shard.account(account);
    var fields = redis.call(record, commands -> commands.hgetall(record), StoredHash::new);
    var budgets = budgets(record, shard.budgets(account), Budget.Scope.ACCOUNT);
    return Stages.unwrapped(
        fields.thenCombine(budgets, (found, states) -> AccountFields.find(account, found, states)));
  }

  private CompletionStage<List<BudgetState>> budgets(
      String record, String state, Budget.Scope scope) {
    return redis.run(
        Script.BUDGET_STATES,
        new String[] {record, state},
        new String[] {clockOffset()},
        answer -> BudgetLines.states(answer, scope));
  }

  @Override
  public CompletionStage<Optional<AccountState>> update(AccountId account, AccountPatch patch) {
    Shard shard = shards.of(account);
    String[] keys = {shard.account(account), shard.events(), shard.budgets(account)};
    return Stages.unwrapped(
        redis
            .run(
                Script.ACCOUNT_UPDATE,
                keys,
                AccountFields.of(account, patch, clockOffset()),
                answer -> answer)
            .thenCompose(answer -> isKnown(answer) ? find(account) : Stages.of(Optional.empty())));
  }

  /** Whether there was something to change. */
  private static boolean isKnown(List<String> answer) {
    String first = answer.isEmpty() ? "0" : answer.getFirst();
    if (first.equals("too_many_budgets")) {
      throw new TooManyBudgetsException();
    }
    return !first.equals("0");
  }

  /**
   * Asks every shard for as many as are wanted and keeps the oldest of all. At most {@value
   * #PAGE_ACCOUNTS_MAX} a page.
   */
  @Override
  public CompletionStage<List<AccountState>> list(@Nullable AccountId after, int countMax) {
    int count = Math.clamp(countMax, 0, PAGE_ACCOUNTS_MAX);
    CompletionStage<Optional<AccountState>> last =
        after == null ? Stages.of(Optional.empty()) : find(after);
    return Stages.unwrapped(
        last.thenCompose(found -> oldest(found.map(AccountFields::member), count))
            .thenCompose(
                members ->
                    Stages.all(
                        members.stream().map(AccountFields::idOfMember).map(this::find).toList()))
            .thenApply(found -> found.stream().flatMap(Optional::stream).toList()));
  }

  private CompletionStage<List<String>> oldest(Optional<String> after, int count) {
    Range<String> range =
        Range.from(
            after.map(Range.Boundary::excluding).orElseGet(Range.Boundary::unbounded),
            Range.Boundary.unbounded());
    List<CompletionStage<List<String>>> pages = new ArrayList<>();
    for (Shard shard : shards.all()) {
      pages.add(
          redis.call(
              shard.accounts(),
              commands -> commands.zrangebylex(shard.accounts(), range, Limit.from(count)),
              members -> members));
    }
    return Stages.all(pages)
        .thenApply(
            all ->
                all.stream()
                    .flatMap(List::stream)
                    .sorted(Comparator.naturalOrder())
                    .limit(count)
                    .toList());
  }

  /**
   * The record first, then the index: a crash between the two leaves a key that nobody can use, and
   * creating it again completes it.
   */
  @Override
  public CompletionStage<Optional<KeyState>> createKey(NewKey key) {
    AccountId account = key.ref().account();
    Shard shard = shards.of(account);
    String[] keys = {
      shard.account(account), shard.key(key.ref().key()), shard.keys(account), shard.events()
    };
    return Stages.unwrapped(
        redis
            .run(Script.KEY_CREATE, keys, KeyFields.of(key, clockOffset()), List::getFirst)
            .thenCompose(
                isKnown ->
                    isKnown.equals("1")
                        ? index(key).thenCompose(indexed -> findKey(key.ref()))
                        : Stages.of(Optional.empty())));
  }

  private CompletionStage<Boolean> index(NewKey key) {
    String owner = KeyFields.owner(key.ref());
    String entry = authKey(key.sha256Hex());
    return redis
        .call(
            entry,
            commands -> commands.set(entry, owner, SetArgs.Builder.nx()),
            unlessTaken -> owner)
        .thenCompose(tried -> findKeyByHash(key.sha256Hex()))
        .thenApply(
            found -> {
              if (!found.equals(Optional.of(key.ref()))) {
                throw new IllegalArgumentException("the secret is that of another key");
              }
              return true;
            });
  }

  @Override
  public CompletionStage<Optional<KeyState>> findKey(KeyRef key) {
    Shard shard = shards.of(key.account());
    String record = shard.key(key.key());
    var fields = redis.call(record, commands -> commands.hgetall(record), StoredHash::new);
    var budgets = budgets(record, shard.budgets(key.key()), Budget.Scope.KEY);
    return Stages.unwrapped(
        fields.thenCombine(budgets, (found, states) -> KeyFields.find(key, found, states)));
  }

  @Override
  public CompletionStage<List<KeyState>> keysOf(AccountId account) {
    return keys(account, 0, -1);
  }

  @Override
  public CompletionStage<List<KeyState>> keysOf(AccountId account, long offset, int countMax) {
    return countMax < 1 ? Stages.of(List.of()) : keys(account, offset, offset + countMax - 1);
  }

  @Override
  public CompletionStage<Long> countKeys(AccountId account) {
    String key = shards.of(account).keys(account);
    return Stages.unwrapped(redis.call(key, commands -> commands.zcard(key), count -> count));
  }

  /**
   * @param last the place of the last one; -1 for all
   */
  private CompletionStage<List<KeyState>> keys(AccountId account, long first, long last) {
    String key = shards.of(account).keys(account);
    return Stages.unwrapped(
        redis
            .call(key, commands -> commands.zrange(key, first, last), ids -> ids)
            .thenCompose(
                ids ->
                    Stages.all(
                        ids.stream()
                            .map(id -> findKey(new KeyRef(account, new KeyId(id))))
                            .toList()))
            .thenApply(found -> found.stream().flatMap(Optional::stream).toList()));
  }

  @Override
  public CompletionStage<Optional<KeyState>> updateKey(KeyRef key, KeyPatch patch) {
    Shard shard = shards.of(key.account());
    String[] keys = {shard.key(key.key()), shard.events(), shard.budgets(key.key())};
    return Stages.unwrapped(
        redis
            .run(Script.KEY_UPDATE, keys, KeyFields.of(key, patch, clockOffset()), answer -> answer)
            .thenCompose(answer -> isKnown(answer) ? findKey(key) : Stages.of(Optional.empty())));
  }

  @Override
  public CompletionStage<Optional<KeyRef>> findKeyByHash(String sha256Hex) {
    String entry = authKey(sha256Hex);
    return redis.call(entry, commands -> commands.get(entry), KeyFields::ref);
  }

  static String authKey(String sha256Hex) {
    return "tg:auth:" + sha256Hex;
  }

  private String clockOffset() {
    return Long.toString(clockOffsetMillis.getAsLong());
  }
}
