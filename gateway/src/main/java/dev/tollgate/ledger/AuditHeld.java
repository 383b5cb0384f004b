package dev.tollgate.ledger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is held of an account: of its balance, by how many holds, and in each budget of the account
 * (its owner is {@code ""}) and of its keys. Either as the account and its budgets say, or as it
 * follows from the open holds.
 */
final class AuditHeld {
  /** In the place of a key's id. */
  static final String ACCOUNT = "";

  private long nanoUsd;
  private long opens;
  private final Map<String, Map<String, Long>> budgets = new HashMap<>();

  /** What an account says; its budgets are still to be put. */
  static AuditHeld stated(String held, String opens) {
    AuditHeld stated = new AuditHeld();
    stated.nanoUsd = AuditNumbers.parsed(held);
    stated.opens = AuditNumbers.parsed(opens);
    return stated;
  }

  /** Adds an open hold; {@code touched} names its budgets, as the hold does. */
  void add(AuditHold hold) {
    nanoUsd += hold.isCovered() ? 0 : hold.amount();
    opens++;
    for (String budget : hold.budgets().split(" ", -1)) {
      int colon = budget.indexOf(':');
      if (colon > 0) {
        String owner = budget.startsWith("key:") ? hold.key() : ACCOUNT;
        String id = budget.substring(colon + 1);
        budgetsOf(owner).merge(id, hold.share(id), Long::sum);
      }
    }
  }

  void put(String owner, String budget, long held) {
    budgetsOf(owner).put(budget, held);
  }

  private Map<String, Long> budgetsOf(String owner) {
    return budgets.computeIfAbsent(owner, unknown -> new HashMap<>());
  }

  /** All owners of budgets, here and there. */
  Set<String> owners(AuditHeld other) {
    Set<String> owners = new TreeSet<>(budgets.keySet());
    owners.addAll(other.budgets.keySet());
    return owners;
  }

  /** How what an account says differs from what follows from its holds. */
  static List<AuditDifference> differences(
      String account, AuditHeld stated, AuditHeld summed, Set<String> owners) {
    List<AuditDifference> found = new ArrayList<>();
    if (stated.nanoUsd != summed.nanoUsd) {
      found.add(
          AuditDifference.usd(AuditDifference.What.HELD, summed.nanoUsd, stated.nanoUsd)
              .of(account, null));
    }
    if (stated.opens != summed.opens) {
      found.add(
          AuditDifference.of(
                  AuditDifference.What.OPENS,
                  AuditDifference.Measure.HOLDS,
                  summed.opens,
                  stated.opens)
              .of(account, null));
    }
    for (String owner : owners) {
      Map<String, Long> stand = stated.budgets.getOrDefault(owner, Map.of());
      Map<String, Long> sums = summed.budgets.getOrDefault(owner, Map.of());
      Set<String> ids = new TreeSet<>(stand.keySet());
      ids.addAll(sums.keySet());
      for (String id : ids) {
        long actual = stand.getOrDefault(id, 0L);
        long expected = sums.getOrDefault(id, 0L);
        if (actual != expected) {
          found.add(
              AuditDifference.of(
                      AuditDifference.What.BUDGET_HELD, AuditBudgets.measure(id), expected, actual)
                  .of(account, owner.equals(ACCOUNT) ? null : owner)
                  .budget(id));
        }
      }
    }
    return found;
  }
}
