package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import io.lettuce.core.SetArgs;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/**
 * The acts, each as one script on the shard of its account. Holds no state; any thread may call it,
 * and its stages complete on the event loop of its connection.
 */
final class RedisLedger implements Ledger {
  private final LaneConnection redis;
  private final Shards shards;
  private final String tombstoneMillis;
  private final LongSupplier clockOffsetMillis;

  RedisLedger(
      LaneConnection redis, Shards shards, long tombstoneMillis, LongSupplier clockOffsetMillis) {
    this.redis = redis;
    this.shards = shards;
    this.tombstoneMillis = Long.toString(tombstoneMillis);
    this.clockOffsetMillis = clockOffsetMillis;
  }

  @Override
  public CompletionStage<HoldOutcome> hold(HoldRequest request) {
    KeyRef caller = request.key();
    Shard shard = shards.of(caller.account());
    String[] keys = {
      shard.account(caller.account()),
      shard.key(caller.key()),
      shard.budgets(caller.account()),
      shard.budgets(caller.key()),
      shard.hold(request.request()),
      shard.holds()
    };
    String[] arguments = {
      clockOffset(),
      caller.account().value(),
      caller.key().value(),
      request.request().value(),
      Long.toString(request.quoteNanoUsd()),
      Long.toString(request.quoteTokens()),
      request.model(),
      Long.toString(request.leaseMillis()),
      request.terms().key()
    };
    return redis.run(Script.HOLD, keys, arguments, answer -> HoldAnswer.of(answer, request));
  }

  @Override
  public CompletionStage<Boolean> renew(Settlement soFar, long leaseMillis) {
    Shard shard = shards.of(soFar.key().account());
    return redis.run(
        Script.RENEW,
        new String[] {shard.hold(soFar.request()), shard.holds()},
        ChargeArguments.renew(soFar, leaseMillis, clockOffset()),
        answer -> answer.getFirst().equals("renewed"));
  }

  @Override
  public CompletionStage<SettleOutcome> settlePart(Settlement part, int number) {
    Ledger.requirePart(number);
    return redis.run(
        Script.PART,
        charged(part),
        ChargeArguments.part(part, number, clockOffset(), tombstoneMillis),
        RedisLedger::settled);
  }

  @Override
  public CompletionStage<SettleOutcome> settle(Settlement settlement) {
    return redis.run(
        Script.SETTLE,
        charged(settlement),
        ChargeArguments.settle(settlement, clockOffset(), tombstoneMillis),
        RedisLedger::settled);
  }

  @Override
  public CompletionStage<SettleOutcome> settleKept(Settlement settlement) {
    return settle(settlement);
  }

  private String[] charged(Settlement settlement) {
    Shard shard = shards.of(settlement.key().account());
    return settlement.object().isEmpty()
        ? shard.charged(settlement.key(), settlement.request())
        : shard.charged(settlement.key(), settlement.request(), settlement.object());
  }

  @Override
  public CompletionStage<Boolean> keep(NewObject object) {
    Shard shard = shards.of(object.owner().account());
    String[] charged = shard.charged(object.owner(), object.request(), object.id());
    String[] keys = Arrays.copyOf(charged, charged.length + 1);
    keys[charged.length] = shard.objects(object.owner().account(), object.kind());
    return redis.run(
        Script.KEEP,
        keys,
        ObjectFields.of(object, clockOffset()),
        answer -> answer.getFirst().equals("kept"));
  }

  @Override
  public CompletionStage<Boolean> forget(AccountId account, ObjectKind kind, String id) {
    Shard shard = shards.of(account);
    return redis.run(
        Script.FORGET,
        new String[] {shard.object(account, id), shard.objects(account, kind), shard.events()},
        new String[] {clockOffset(), account.value(), id, tombstoneMillis},
        answer -> answer.getFirst().equals("1"));
  }

  @Override
  public CompletionStage<SettleOutcome> release(RequestId request, KeyRef key, String reason) {
    String[] keys = shards.of(key.account()).charged(key, request);
    return release(keys, request, key, reason, "");
  }

  @Override
  public CompletionStage<SettleOutcome> releaseKept(RequestId request, KeyRef key, String reason) {
    return release(request, key, reason);
  }

  @Override
  public CompletionStage<SettleOutcome> releaseForGood(
      RequestId request, KeyRef key, String reason, String object) {
    String[] keys = shards.of(key.account()).charged(key, request, object);
    return release(keys, request, key, reason, object);
  }

  private CompletionStage<SettleOutcome> release(
      String[] keys, RequestId request, KeyRef key, String reason, String object) {
    String[] arguments = {
      clockOffset(),
      key.account().value(),
      key.key().value(),
      request.value(),
      reason,
      tombstoneMillis,
      object
    };
    return redis.run(Script.RELEASE, keys, arguments, RedisLedger::settled);
  }

  @Override
  public void leave(RequestId request) {}

  /**
   * A credit's id is claimed for its account first, in a slot of its own: ids are unique over all
   * shards. The account is looked for before that, so that a mistaken account claims nothing.
   */
  @Override
  public CompletionStage<CreditOutcome> credit(Credit credit) {
    String account = credit.account().value();
    String accountKey = shards.of(credit.account()).account(credit.account());
    String claim = creditClaim(credit.id());
    CompletionStage<CreditOutcome> outcome =
        redis
            .call(accountKey, commands -> commands.exists(accountKey), found -> found > 0)
            .thenCompose(
                isKnown ->
                    isKnown
                        ? redis
                            .call(
                                claim,
                                commands -> commands.set(claim, account, SetArgs.Builder.nx()),
                                unlessTaken -> account)
                            .thenCompose(
                                tried -> redis.call(claim, commands -> commands.get(claim), o -> o))
                            .thenCompose(owner -> book(credit, owner))
                        : Stages.of(new CreditOutcome.UnknownAccount()));
    return Stages.unwrapped(outcome);
  }

  /** The key that says which account has a credit's id. */
  static String creditClaim(String creditId) {
    return "tg:credit:" + creditId;
  }

  private CompletionStage<CreditOutcome> book(Credit credit, String owner) {
    if (!credit.account().value().equals(owner)) {
      return Stages.of(new CreditOutcome.Conflict());
    }
    Shard shard = shards.of(credit.account());
    String[] keys = {
      shard.account(credit.account()), shard.credit(credit.id()), shard.events(),
    };
    String[] arguments = {
      clockOffset(),
      credit.account().value(),
      credit.id(),
      credit.kind().key(),
      Long.toString(credit.amountNanoUsd()),
      credit.reference(),
      credit.floorNanoUsd() == null ? "" : Long.toString(credit.floorNanoUsd())
    };
    return redis.run(Script.CREDIT, keys, arguments, answer -> credited(answer, credit));
  }

  private static CreditOutcome credited(List<String> answer, Credit credit) {
    return switch (answer.getFirst()) {
      case "credited" ->
          new CreditOutcome.Credited(
              credit.id() + ":credit",
              Long.parseLong(answer.get(1)),
              Long.parseLong(answer.get(2)),
              answer.get(3).equals("1"));
      case "insufficient" ->
          new CreditOutcome.Insufficient(
              Long.parseLong(answer.get(1)), Long.parseLong(answer.get(2)));
      case "unknown_account" -> new CreditOutcome.UnknownAccount();
      case "conflict" -> new CreditOutcome.Conflict();
      case "out_of_range" -> new CreditOutcome.OutOfRange();
      default -> throw new IllegalStateException("unknown outcome of a credit: " + answer);
    };
  }

  @Override
  public CompletionStage<PlanOutcome> changePlan(PlanChange change) {
    Shard shard = shards.of(change.account());
    return redis.run(
        Script.PLAN,
        new String[] {
          shard.account(change.account()), shard.events(), shard.budgets(change.account())
        },
        PlanFields.of(change, clockOffset()),
        RedisLedger::changed);
  }

  private static PlanOutcome changed(List<String> answer) {
    return switch (answer.getFirst()) {
      case "changed" ->
          new PlanOutcome.Changed(Long.parseLong(answer.get(1)), answer.get(2).equals("1"));
      case "insufficient" ->
          new PlanOutcome.Insufficient(
              Long.parseLong(answer.get(1)),
              Long.parseLong(answer.get(2))
                  - Long.parseLong(answer.get(3))
                  + Long.parseLong(answer.get(4)));
      case "moved" -> new PlanOutcome.Moved();
      case "unknown_account" -> new PlanOutcome.UnknownAccount();
      case "too_many_budgets" -> new PlanOutcome.TooManyBudgets();
      case "out_of_range" -> new PlanOutcome.OutOfRange();
      default -> throw new IllegalStateException("unknown outcome of a plan: " + answer);
    };
  }

  private static SettleOutcome settled(List<String> answer) {
    return switch (answer.getFirst()) {
      case "settled" ->
          new SettleOutcome.Settled(
              Long.parseLong(answer.get(1)),
              Long.parseLong(answer.get(2)),
              Long.parseLong(answer.get(3)),
              answer.get(4).equals("1"));
      case "unknown_account" -> new SettleOutcome.UnknownAccount();
      default -> throw new IllegalStateException("unknown outcome of a settlement: " + answer);
    };
  }

  private String clockOffset() {
    return Long.toString(clockOffsetMillis.getAsLong());
  }
}
