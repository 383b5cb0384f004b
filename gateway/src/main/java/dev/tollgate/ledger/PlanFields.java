package dev.tollgate.ledger;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The plan of an account as fields of its hash, and a change of it as arguments of its script. */
final class PlanFields {
  /** Those of the plan itself, as {@code account_events.lua} knows them too. */
  private static final List<String> NAMES =
      List.of(
          "plan",
          "plan_status",
          "plan_funding",
          "plan_from",
          "plan_until",
          "plan_anchor",
          "plan_fee",
          "plan_agreed_fee",
          "plan_multiplier_ppm",
          "plan_renews",
          "plan_grace_until");

  private PlanFields() {}

  /** All fields that a change of a plan may set, in an order of no meaning. */
  static List<String> names() {
    List<String> names = new ArrayList<>(NAMES);
    names.add("plan_revision");
    names.add("plan_change");
    return names;
  }

  static String[] of(PlanChange change, String clockOffset) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                clockOffset,
                change.account().value(),
                change.id(),
                Long.toString(change.revisionBefore()),
                Long.toString(change.backNanoUsd()),
                Long.toString(change.feeNanoUsd()),
                change.reference()));
    Map<String, String> fields = of(change.terms());
    for (String name : NAMES) {
      arguments.add(name);
      arguments.add(fields.getOrDefault(name, ""));
    }
    BudgetLines.addTo(arguments, change.budgets());
    return arguments.toArray(String[]::new);
  }

  /** Without those that have no value. */
  static Map<String, String> of(@Nullable PlanTerms terms) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (terms == null) {
      return fields;
    }
    fields.put("plan", terms.plan());
    fields.put("plan_status", terms.isPastDue() ? "past_due" : "active");
    fields.put("plan_funding", terms.isSubscription() ? "subscription" : "wallet");
    fields.put("plan_from", time(terms.fromMillis()));
    fields.put("plan_until", time(terms.untilMillis()));
    fields.put("plan_anchor", Integer.toString(terms.anchorDay()));
    fields.put("plan_fee", Long.toString(terms.feeNanoUsd()));
    if (terms.agreedFeeNanoUsd() != null) {
      fields.put("plan_agreed_fee", Long.toString(terms.agreedFeeNanoUsd()));
    }
    if (terms.multiplierPpm() != 1_000_000) {
      fields.put("plan_multiplier_ppm", Long.toString(terms.multiplierPpm()));
    }
    fields.put("plan_renews", terms.renews() ? "1" : "0");
    if (terms.graceUntilMillis() != null) {
      fields.put("plan_grace_until", time(terms.graceUntilMillis()));
    }
    return fields;
  }

  /** So that texts sort as the times do: the archive looks for those before now. */
  private static String time(long millis) {
    return String.format(Locale.ROOT, "%014d", millis);
  }

  static @Nullable PlanTerms find(StoredHash fields) {
    String plan = fields.text("plan");
    if (plan.isEmpty()) {
      return null;
    }
    Long multiplier = fields.numberOrNull("plan_multiplier_ppm");
    return new PlanTerms(
        plan,
        fields.text("plan_funding").equals("subscription"),
        fields.number("plan_from"),
        fields.number("plan_until"),
        Math.toIntExact(fields.number("plan_anchor")),
        fields.number("plan_fee"),
        fields.numberOrNull("plan_agreed_fee"),
        multiplier == null ? 1_000_000 : multiplier,
        fields.text("plan_renews").equals("1"),
        fields.numberOrNull("plan_grace_until"));
  }
}
