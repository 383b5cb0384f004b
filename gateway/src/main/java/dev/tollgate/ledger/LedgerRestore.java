package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import io.lettuce.core.SetArgs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Puts back into Redis what an archive remembers, account by account. An account that is there
 * stays as it is; one that was begun and not done is begun again. Fails like {@link Ledger}. For a
 * Redis that serves no request meanwhile.
 */
public final class LedgerRestore {
  /** A script's arguments are bounded; this keeps each call short. */
  public static final int USES_PER_CALL_MAX = 200;

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

  /**
   * Begins with an account. Until {@link #done} it is suspended, and may be begun again.
   *
   * @param fields of its hash, {@code status}, {@code balance} and {@code created_at} among them
   * @return false when it is there, so that nothing of it needs to be put back
   */
  public CompletionStage<Boolean> begin(AccountId account, Map<String, String> fields) {
    Shard shard = shards.of(account);
    return redis.run(
        Script.RESTORE_ACCOUNT,
        new String[] {shard.account(account), shard.accounts(), shard.budgets(account)},
        arguments(fields, account.value(), fields.getOrDefault("status", "active")),
        LedgerRestore::isNew);
  }

  /** Ends with an account: it is what it was. */
  public CompletionStage<Boolean> done(AccountId account) {
    String[] keys = {shards.of(account).account(account)};
    return redis.run(Script.RESTORE_DONE, keys, new String[0], LedgerRestore::isNew);
  }

  /**
   * A key of an account that has been begun, and the index by which its secret is found.
   *
   * @param fields of its hash, {@code sha256} and {@code created_at} among them
   * @return false when its account has not been begun
   */
  public CompletionStage<Boolean> key(KeyRef key, Map<String, String> fields) {
    Shard shard = shards.of(key.account());
    String[] keys = {
      shard.key(key.key()),
      shard.keys(key.account()),
      shard.budgets(key.key()),
      shard.account(key.account())
    };
    String index = RedisAccounts.authKey(fields.getOrDefault("sha256", ""));
    return redis
        .run(
            Script.RESTORE_KEY,
            keys,
            arguments(fields, key.account().value(), key.key().value()),
            LedgerRestore::isNew)
        .thenCompose(
            isNew ->
                redis.call(
                    index,
                    commands -> commands.set(index, KeyFields.owner(key), SetArgs.Builder.nx()),
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
   * How a request has ended.
   *
   * @param isReaped whether a reaper ended it, so that its settlement may still come
   * @param chargedNanoUsd what it did cost in all
   * @param adjustedNanoUsd what of it was beyond its hold
   * @param balanceNanoUsd after it
   * @param tokens that budgets have counted
   */
  public record Ended(
      KeyRef caller,
      RequestId request,
      boolean isReaped,
      long chargedNanoUsd,
      long adjustedNanoUsd,
      long balanceNanoUsd,
      long tokens) {}

  /**
   * That a request has ended, for as long as somebody could tell of it again.
   *
   * @param leftMillis above 0
   */
  public CompletionStage<Boolean> ended(Ended ended, long leftMillis) {
    KeyRef caller = ended.caller();
    return redis.run(
        Script.RESTORE_ENDED,
        new String[] {shards.of(caller.account()).hold(ended.request())},
        new String[] {
          caller.account().value(),
          caller.key().value(),
          ended.isReaped() ? "reaped" : "settled",
          Long.toString(ended.chargedNanoUsd()),
          Long.toString(ended.adjustedNanoUsd()),
          Long.toString(ended.balanceNanoUsd()),
          Long.toString(ended.tokens()),
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

  /**
   * What has been paid for an object that is paid for later.
   *
   * @param state {@code settled}, {@code reaped}, or empty for nothing yet
   * @param chargedNanoUsd in all
   * @param adjustedNanoUsd what of it was beyond its hold
   * @param balanceNanoUsd after it
   */
  public record Payment(
      String state, long chargedNanoUsd, long adjustedNanoUsd, long balanceNanoUsd) {
    public static final Payment NONE = new Payment("", 0, 0, 0);
  }

  /**
   * An object that a provider keeps for an account.
   *
   * @param purpose of a file; empty for none
   * @param facts as its event has them
   * @param leftMillis for which it is still known, above 0
   * @param run what is known of the end and the parts of a run; empty for any other
   */
  public record Kept(
      AccountId account,
      String id,
      ObjectKind kind,
      String provider,
      KeyId key,
      RequestId request,
      long createdAtMillis,
      String purpose,
      String facts,
      boolean isPaidLater,
      long leftMillis,
      Payment payment,
      Map<String, String> run) {
    public Kept {
      run = Map.copyOf(run);
    }
  }

  /**
   * An object of an account that has been begun. Oldest first: it is put at the end of the list.
   *
   * @return false when it is there, or its account has not been begun
   */
  public CompletionStage<Boolean> kept(Kept object) {
    Shard shard = shards.of(object.account());
    Payment payment = object.payment();
    return redis.run(
        Script.RESTORE_OBJECT,
        new String[] {
          shard.account(object.account()),
          shard.object(object.account(), object.id()),
          shard.objects(object.account(), object.kind())
        },
        arguments(
            object.run(),
            object.id(),
            object.kind().key(),
            object.provider(),
            object.key().value(),
            object.request().value(),
            Long.toString(object.createdAtMillis()),
            object.purpose(),
            object.facts(),
            object.isPaidLater() ? "1" : "0",
            Long.toString(object.leftMillis()),
            payment.state(),
            Long.toString(payment.chargedNanoUsd()),
            Long.toString(payment.adjustedNanoUsd()),
            Long.toString(payment.balanceNanoUsd())),
        LedgerRestore::isNew);
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
