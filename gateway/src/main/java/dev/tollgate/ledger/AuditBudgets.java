package dev.tollgate.ledger;

import dev.tollgate.ledger.AuditDifference.Measure;
import dev.tollgate.ledger.AuditDifference.What;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The budgets of one owner, from its hash as it was at one moment: what is used of a rolling one
 * must be the sum of its buckets, which must lie within its ring, and nothing may be below zero.
 */
final class AuditBudgets {
  private static final Pattern FIELD =
      Pattern.compile("([^|]+\\|([^|]+)\\|([^|.]+))\\.(?:(used|held|since)|b(\\d{1,9}))");
  private static final long BUCKETS_PER_WINDOW = 60;

  /** One of them; null for what its hash does not have. */
  private static final class State {
    private final String id;
    private final String period;
    private @Nullable Long used;
    private @Nullable Long held;
    private @Nullable Long since;
    private final Map<Integer, Long> buckets = new TreeMap<>();

    State(String id, String period) {
      this.id = id;
      this.period = period;
    }

    void put(String field, long value) {
      switch (field) {
        case "used" -> used = value;
        case "held" -> held = value;
        default -> since = value;
      }
    }

    /** The highest slot of its ring; -1 where it has none. */
    long lastSlot() {
      if (!period.startsWith("rolling:")) {
        return -1;
      }
      long span = AuditNumbers.parsed(period.substring("rolling:".length()));
      return span < BUCKETS_PER_WINDOW ? -1 : Math.ceilDiv(span, span / BUCKETS_PER_WINDOW);
    }
  }

  private final Map<String, State> states = new TreeMap<>();
  private final List<AuditDifference> differences = new ArrayList<>();

  private AuditBudgets() {}

  /** What an owner's hash of budgets says. */
  static AuditBudgets of(Map<String, String> hash) {
    AuditBudgets budgets = new AuditBudgets();
    hash.forEach(budgets::read);
    budgets.states.values().forEach(budgets::judge);
    return budgets;
  }

  /** What a budget of this id counts. */
  static Measure measure(String id) {
    String[] parts = id.split("\\|", -1);
    return switch (parts.length > 1 ? parts[1] : "") {
      case "usd" -> Measure.USD;
      case "tokens" -> Measure.TOKENS;
      case "requests" -> Measure.REQUESTS;
      case "concurrent" -> Measure.HOLDS;
      default -> Measure.NOTHING;
    };
  }

  List<AuditDifference> differences() {
    return differences;
  }

  /** Puts what is held of each of them. */
  void putHeld(AuditHeld stated, String owner) {
    for (State state : states.values()) {
      if (state.held != null) {
        stated.put(owner, state.id, state.held);
      }
    }
  }

  private void read(String field, String text) {
    Matcher parts = FIELD.matcher(field);
    long value = AuditNumbers.parsed(text);
    if (!parts.matches() || value == AuditNumbers.UNREADABLE) {
      differences.add(AuditDifference.of(What.UNREADABLE).budget(field));
      return;
    }
    String id = parts.group(1);
    State state = states.computeIfAbsent(id, unknown -> new State(id, parts.group(3)));
    if (parts.group(5) != null) {
      state.buckets.put(Integer.valueOf(parts.group(5)), value);
    } else {
      state.put(parts.group(4), value);
    }
  }

  private void judge(State state) {
    long lastSlot = state.lastSlot();
    long sum = 0;
    for (Map.Entry<Integer, Long> bucket : state.buckets.entrySet()) {
      sum += bucket.getValue();
      if (bucket.getKey() > lastSlot) {
        add(
            AuditDifference.of(What.BUDGET_BUCKET, Measure.BUCKET, lastSlot, bucket.getKey()),
            state);
      } else if (bucket.getValue() < 0) {
        add(
            AuditDifference.of(What.BUDGET_BUCKET, measure(state.id), 0L, bucket.getValue()),
            state);
      }
    }
    long used = state.used == null ? 0 : state.used;
    if (lastSlot >= 0 ? used != sum : used < 0) {
      add(AuditDifference.of(What.BUDGET_USED, measure(state.id), sum, used), state);
    }
    if (lastSlot >= 0 && state.since == null && used != 0) {
      add(AuditDifference.of(What.BUDGET_SINCE), state);
    }
  }

  private void add(AuditDifference difference, State state) {
    differences.add(difference.budget(state.id));
  }
}
