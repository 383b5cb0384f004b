package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.ledger.AuditDifference.What;
import dev.tollgate.ledger.AuditedArchive.Balance;
import dev.tollgate.ledger.AuditedArchive.Owner;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of one shard, page by page, with their keys and budgets. What an account has held is
 * compared with its holds as they were seen a moment before; where that differs, a script looks at
 * all of it at one moment, and only what differs then is a difference. Confined to one event loop.
 */
final class AuditAccounts {
  private static final int LISTED = 1;
  private static final int HELD = 3;
  private static final int OPENS = 4;

  /** What an account states, with the account; of money, for the archive to compare. */
  private record Stated(String account, AuditHeld held, @Nullable Balance balance) {
    boolean isThere() {
      return balance != null;
    }
  }

  private final LaneConnection redis;
  private final Shard shard;
  private final AuditSettings settings;
  private final AuditFindings findings;
  private final AuditHolds holds;
  private final AuditChains chains;
  private final AuditComparison comparison;
  private final Set<String> missing = new HashSet<>();
  private Range<String> rest = Range.unbounded();
  private boolean isLastPage;

  AuditAccounts(
      LaneConnection redis,
      Shard shard,
      AuditSettings settings,
      AuditFindings findings,
      AuditHolds holds,
      AuditChains chains,
      AuditComparison comparison) {
    this.redis = redis;
    this.shard = shard;
    this.settings = settings;
    this.findings = findings;
    this.holds = holds;
    this.chains = chains;
    this.comparison = comparison;
  }

  CompletionStage<Boolean> lookAtAll() {
    return Stages.repeat(this::page);
  }

  private CompletionStage<Boolean> page() {
    if (findings.isOver()) {
      return Stages.of(false);
    }
    Range<String> range = rest;
    int count = settings.accountsPerPage();
    return redis
        .call(
            commands -> commands.zrangebylex(shard.accounts(), range, Limit.from(count)),
            members -> members)
        .thenCompose(
            members -> {
              if (!members.isEmpty()) {
                rest =
                    Range.from(
                        Range.Boundary.excluding(members.getLast()), Range.Boundary.unbounded());
              }
              isLastPage = members.size() < count;
              findings.countAccounts(members.size());
              return Stages.all(members.stream().map(this::look).toList());
            })
        .thenCompose(page -> compare(page).thenCompose(compared -> compareArchived(page)))
        .thenApply(compared -> !isLastPage);
  }

  private CompletionStage<Stated> look(String member) {
    AccountId id = AccountFields.idOfMember(member);
    var budgets = redis.call(commands -> commands.hgetall(shard.budgets(id)), AuditBudgets::of);
    return snapshot(id)
        .thenCombine(budgets, (snapshot, states) -> stated(id.value(), snapshot, states))
        .thenCompose(stated -> stated.isThere() ? keys(id, stated) : Stages.of(stated));
  }

  /** As the script answers it. */
  private CompletionStage<List<String>> snapshot(AccountId id) {
    String[] keys = {shard.account(id), shard.accounts(), shard.events()};
    return redis.run(Script.AUDIT_ACCOUNT, keys, new String[] {id.value()}, snapshot -> snapshot);
  }

  private Stated stated(String account, List<String> snapshot, AuditBudgets budgets) {
    if (snapshot.isEmpty()) {
      addMissing(account);
      return new Stated(account, new AuditHeld(), null);
    }
    chains.expect(account, snapshot);
    AuditHeld held = AuditHeld.stated(snapshot.get(HELD), snapshot.get(OPENS));
    add(held, account, AuditHeld.ACCOUNT, budgets);
    return new Stated(account, held, chains.balance(account));
  }

  private void addMissing(String account) {
    if (missing.add(account)) {
      findings.add(AuditDifference.of(What.ACCOUNT_MISSING).of(account, null));
    }
  }

  private void add(AuditHeld held, String account, String owner, AuditBudgets budgets) {
    String key = owner.equals(AuditHeld.ACCOUNT) ? null : owner;
    budgets.differences().forEach(difference -> findings.add(difference.of(account, key)));
    budgets.putHeld(held, owner);
  }

  /** Keys are only ever added, at the end: their places stay. */
  private CompletionStage<Stated> keys(AccountId id, Stated stated) {
    int count = settings.accountsPerPage();
    int[] from = {0};
    return Stages.repeat(
            () -> {
              int first = from[0];
              from[0] += count;
              return redis
                  .call(
                      commands -> commands.zrange(shard.keys(id), first, first + count - 1L),
                      keys -> keys)
                  .thenCompose(
                      keys ->
                          Stages.all(
                              keys.stream().map(key -> key(id.value(), stated, key)).toList()))
                  .thenCompose(
                      looked ->
                          comparison
                              .gather(looked)
                              .thenApply(done -> looked.size() == count && !findings.isOver()));
            })
        .thenApply(done -> stated);
  }

  private CompletionStage<Owner> key(String account, Stated stated, String key) {
    KeyId id = new KeyId(key);
    var itself = comparison.key(new AccountId(account), id);
    var owner =
        redis.call(
            commands -> commands.hmget(shard.key(id), "account"),
            found -> found.getFirst().getValueOrElse(""));
    var budgets = redis.call(commands -> commands.hgetall(shard.budgets(id)), AuditBudgets::of);
    return owner
        .thenCombine(
            budgets,
            (found, states) -> {
              if (!found.equals(account)) {
                What what = found.isEmpty() ? What.KEY_MISSING : What.KEY_ACCOUNT;
                findings.add(AuditDifference.of(what).of(account, key));
              }
              add(stated.held, account, key, states);
              return true;
            })
        .thenCombine(itself, (looked, found) -> found);
  }

  /** One suspicion after the other: each is a script that walks all holds of the shard. */
  private CompletionStage<Boolean> compare(List<Stated> page) {
    CompletionStage<Boolean> compared = Stages.of(true);
    for (Stated stated : page) {
      if (stated.isThere()) {
        compared = compared.thenCompose(before -> compare(stated));
      }
    }
    return compared;
  }

  private CompletionStage<Boolean> compareArchived(List<Stated> page) {
    List<Balance> balances = page.stream().map(Stated::balance).filter(Objects::nonNull).toList();
    return Stages.all(
            balances.stream().map(balance -> comparison.account(balance.account())).toList())
        .thenCompose(owners -> comparison.compareWithGathered(balances, owners));
  }

  private CompletionStage<Boolean> compare(Stated stated) {
    AuditHeld summed = holds.of(stated.account);
    Set<String> owners = stated.held.owners(summed);
    owners.add(AuditHeld.ACCOUNT);
    List<AuditDifference> suspicions =
        AuditHeld.differences(stated.account, stated.held, summed, owners);
    if (suspicions.isEmpty() || findings.isOver()) {
      return Stages.of(true);
    }
    List<String> suspects = new ArrayList<>();
    suspects.add(AuditHeld.ACCOUNT);
    suspicions.stream()
        .map(AuditDifference::key)
        .filter(Objects::nonNull)
        .distinct()
        .forEach(suspects::add);
    return confirm(stated.account, suspects);
  }

  private CompletionStage<Boolean> confirm(String account, List<String> suspects) {
    int[] from = {0};
    return Stages.repeat(
        () -> {
          int to = Math.min(suspects.size(), from[0] + settings.accountsPerPage());
          List<String> some = suspects.subList(from[0], to);
          from[0] = to;
          return lookAtOnce(account, some).thenApply(done -> to < suspects.size() && done);
        });
  }

  private CompletionStage<Boolean> lookAtOnce(String account, List<String> owners) {
    AccountId id = new AccountId(account);
    List<String> keys =
        new ArrayList<>(List.of(shard.account(id), shard.budgets(id), shard.holds()));
    List<String> asked = new ArrayList<>(List.of(AuditHeld.ACCOUNT));
    for (String owner : owners) {
      if (!owner.equals(AuditHeld.ACCOUNT)) {
        keys.add(shard.budgets(new KeyId(owner)));
        asked.add(owner);
      }
    }
    String[] arguments = {
      shard.prefix() + "hold:", account, Integer.toString(settings.walkedHoldsMax())
    };
    return redis.run(
        Script.AUDIT_HELD,
        keys.toArray(String[]::new),
        arguments,
        answer -> judge(account, asked, new TreeSet<>(owners), answer));
  }

  /** Whether there is anything more to ask. */
  private boolean judge(
      String account, List<String> asked, Set<String> owners, List<String> answer) {
    switch (answer.getFirst()) {
      case "held" ->
          AuditMoment.of(answer, asked).differences(account, owners).forEach(findings::add);
      case "too_many" -> findings.countUnproven();
      default -> addMissing(account);
    }
    return answer.getFirst().equals("held");
  }

  /**
   * Accounts that have events, but were not among the accounts: new ones, or ones that are gone.
   */
  CompletionStage<Boolean> lookForStrangers() {
    List<CompletionStage<Boolean>> looked = new ArrayList<>();
    for (String account : chains.strangers()) {
      looked.add(
          snapshot(new AccountId(account))
              .thenApply(
                  snapshot -> {
                    if (snapshot.isEmpty()) {
                      addMissing(account);
                    } else if (snapshot.get(LISTED).equals("0")) {
                      findings.add(AuditDifference.of(What.ACCOUNT_UNLISTED).of(account, null));
                    }
                    return true;
                  }));
    }
    return Stages.all(looked).thenApply(all -> true);
  }
}
