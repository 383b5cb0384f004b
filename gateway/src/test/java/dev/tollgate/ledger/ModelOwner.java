package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Period;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The budgets of an account or a key: what is defined, and what is used and held of it. */
final class ModelOwner {
  /** With another unit or period, a budget of the same name is another one. */
  record Identity(String name, Budget.Unit unit, Period period) {
    static Identity of(Budget budget) {
      return new Identity(budget.name(), budget.unit(), budget.period());
    }
  }

  boolean isRevoked;
  final Map<String, Budget> definitions = new LinkedHashMap<>();
  final Map<Identity, ModelBudget> states = new HashMap<>();

  List<Budget> of(String model) {
    return definitions.values().stream()
        .filter(
            budget ->
                budget.models().isEmpty()
                    || budget.models().stream()
                        .anyMatch(glob -> model.matches(glob.replace("*", ".*"))))
        .toList();
  }

  ModelBudget state(Identity id) {
    return states.computeIfAbsent(id, absent -> new ModelBudget(id.unit, id.period));
  }

  ModelBudget state(Budget budget) {
    return state(Identity.of(budget));
  }

  void change(BudgetChange change) {
    Budget before = definitions.get(change.name());
    Budget after = change.budget();
    if (after == null) {
      definitions.remove(change.name());
    } else {
      definitions.put(change.name(), after);
    }
    if (before != null && (after == null || !Identity.of(after).equals(Identity.of(before)))) {
      forgetUnlessHeld(Identity.of(before));
    }
  }

  private void forgetUnlessHeld(Identity id) {
    if (state(id).held == 0) {
      states.remove(id);
    }
  }

  /** What is used of a budget that is defined no more, is not counted. */
  void end(Identity id, long held, long used, long at) {
    ModelBudget state = state(id);
    Budget defined = definitions.get(id.name);
    boolean isInForce = defined != null && Identity.of(defined).equals(id);
    if (isInForce) {
      state.use(used, at);
    }
    state.held -= held;
    if (!isInForce) {
      forgetUnlessHeld(id);
    }
  }

  List<BudgetState> budgetStates(long at) {
    List<BudgetState> all = new ArrayList<>();
    for (Budget budget : definitions.values()) {
      ModelBudget state = state(budget);
      all.add(new BudgetState(budget, state.used(at), state.held, state.from(at), state.to(at)));
    }
    return all;
  }
}
