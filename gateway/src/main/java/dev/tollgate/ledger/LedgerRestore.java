package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import io.lettuce.core.SetArgs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Puts back into Redis what an archive remembers. What is there already stays as it is, so that any
 * of it may be repeated. Fails like {@link Ledger}. For a Redis that serves no request meanwhile.
 */
public final class LedgerRestore {
  /** A script's arguments are bounded; this keeps each call short. */
  static final int USES_PER_CALL_MAX = 200;

  private final LaneConnection redis;
  private final Shards shards;

  LedgerRestore(LaneConnection redis, Shards shards) {
    this.redis = redis;
    this.shards = shards;
  }

  /**
   * What was used at a moment, as budgets count it.
   *
   * @param model as customers name it
   * @param requests 0 where the request is counted elsewhere
   */
  public record Use(long atMillis, String model, long nanoUsd, long tokens, long requests) {}

  /** Whether an account is there, so that nothing of it needs to be put back. */
  public CompletionStage<Boolean> isThere(AccountId account) {
    String record = shards.of(account).account(account);
    return redis.call(record, commands -> commands.exists(record), found -> found > 0);
  }

  /**
   * @param fields of its hash, {@code balance} and {@code created_at} among them
   * @return false when it is there
   */
  public CompletionStage<Boolean> account(AccountId account, Map<String, String> fields) {
    Shard shard = shards.of(account);
    return redis.run(
        Script.RESTORE_ACCOUNT,
        new String[] {shard.account(account), shard.accounts()},
        arguments(fields, account.value()),
        LedgerRestore::isNew);
  }

  /**
   * The key, and the index by which its secret is found.
   *
   * @param fields of its hash, {@code sha256} and {@code created_at} among them
   * @return false when it is there
   */
  public CompletionStage<Boolean> key(KeyRef key, Map<String, String> fields) {
    Shard shard = shards.of(key.account());
    String index = RedisAccounts.authKey(fields.getOrDefault("sha256", ""));
    String owner = KeyFields.owner(key);
    return redis
        .run(
            Script.RESTORE_KEY,
            new String[] {shard.key(key.key()), shard.keys(key.account())},
            arguments(fields, key.account().value(), key.key().value()),
            LedgerRestore::isNew)
        .thenCompose(
            isNew ->
                redis
                    .call(
                        index,
                        commands -> commands.set(index, owner, SetArgs.Builder.nx()),
                        unlessTaken -> isNew));
  }

  /**
   * Lets the budgets of an account count.
   *
   * @param uses oldest first, at most {@value #USES_PER_CALL_MAX}
   */
  public CompletionStage<Long> used(AccountId account, List<Use> uses) {
    Shard shard = shards.of(account);
    return used(shard.account(account), shard.budgets(account), uses);
  }

  /** The same of a key. */
  public CompletionStage<Long> used(KeyRef key, List<Use> uses) {
    Shard shard = shards.of(key.account());
    return used(shard.key(key.key()), shard.budgets(key.key()), uses);
  }

  private CompletionStage<Long> used(String owner, String budgets, List<Use> uses) {
    if (uses.isEmpty() || uses.size() > USES_PER_CALL_MAX) {
      throw new IllegalArgumentException("1 to " + USES_PER_CALL_MAX + " uses, not " + uses.size());
    }
    List<String> arguments = new ArrayList<>(5 * uses.size());
    for (Use use : uses) {
      arguments.add(Long.toString(use.atMillis()));
      arguments.add(use.model());
      arguments.add(Long.toString(use.nanoUsd()));
      arguments.add(Long.toString(use.tokens()));
      arguments.add(Long.toString(use.requests()));
    }
    return redis.run(
        Script.RESTORE_USAGE,
        new String[] {owner, budgets},
        arguments.toArray(String[]::new),
        answer -> Long.valueOf(answer.getFirst()));
  }

  /**
   * That a request has been settled, for as long as somebody could tell of it again.
   *
   * @param chargedNanoUsd what it did cost in all
   * @param adjustedNanoUsd what of it was beyond its hold
   * @param balanceNanoUsd after it
   * @param leftMillis for which it is remembered, above 0
   */
  public CompletionStage<Boolean> settled(
      KeyRef caller,
      RequestId request,
      long chargedNanoUsd,
      long adjustedNanoUsd,
      long balanceNanoUsd,
      long leftMillis) {
    return redis.run(
        Script.RESTORE_SETTLED,
        new String[] {shards.of(caller.account()).hold(request)},
        new String[] {
          caller.account().value(),
          caller.key().value(),
          Long.toString(chargedNanoUsd),
          Long.toString(adjustedNanoUsd),
          Long.toString(balanceNanoUsd),
          Long.toString(leftMillis)
        },
        LedgerRestore::isNew);
  }

  /**
   * That a credit has been booked, so that it is booked once.
   *
   * @param kind as events have it
   */
  public CompletionStage<Boolean> credited(
      AccountId account, String creditId, String kind, long amountNanoUsd, long balanceNanoUsd) {
    String claim = RedisLedger.creditClaim(creditId);
    String record = shards.of(account).credit(creditId);
    Map<String, String> fields =
        Map.of(
            "account", account.value(),
            "kind", kind,
            "amount", Long.toString(amountNanoUsd),
            "balance", Long.toString(balanceNanoUsd));
    return redis
        .call(
            claim,
            commands -> commands.set(claim, account.value(), SetArgs.Builder.nx()),
            unlessTaken -> true)
        .thenCompose(
            claimed -> redis.call(record, commands -> commands.hset(record, fields), n -> n > 0));
  }

  private static String[] arguments(Map<String, String> fields, String... first) {
    List<String> arguments = new ArrayList<>(List.of(first));
    fields.forEach(
        (field, value) -> {
          if (!value.isEmpty()) {
            arguments.add(field);
            arguments.add(value);
          }
        });
    return arguments.toArray(String[]::new);
  }

  private static Boolean isNew(List<String> answer) {
    return answer.getFirst().equals("1");
  }
}
