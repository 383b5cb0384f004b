package dev.tollgate.domain;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One limit on an account or on a key. Every limit of the product is one of these: what is used,
 * held and asked for together may not exceed it.
 *
 * @param name what customers and refusals call it: {@code quota}, {@code 5h}, {@code concurrency};
 *     unique within its owner; of a-z, 0-9, dot, dash and underscore
 * @param limit in nano-USD, requests, tokens or open holds, by {@code unit}
 * @param models globs of the models it counts; empty means all
 */
public record Budget(
    String name, Scope scope, Unit unit, Period period, long limit, List<String> models) {
  /** The account's limit until the next midnight UTC; it has a refusal of its own. */
  public static final String DAILY_SPENDING_LIMIT = "daily_spending_limit";

  private static final Pattern NAME = Pattern.compile("[a-z0-9_.-]{1,40}");

  /** Whom it limits. */
  public enum Scope {
    ACCOUNT,
    KEY
  }

  /** What it counts. */
  public enum Unit {
    USD,
    REQUESTS,
    TOKENS,
    CONCURRENT
  }

  public Budget {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not a name for a budget (1 to 40 of a-z, 0-9, dot, dash, underscore): " + name);
    }
    if (limit < 0 || limit > Money.MAX_NANO_USD) {
      throw new IllegalArgumentException("limit out of range: " + limit);
    }
    if (unit == Unit.CONCURRENT && !(period instanceof Period.Lifetime)) {
      throw new IllegalArgumentException(
          "a budget of concurrent requests has the period lifetime, not " + period.text());
    }
    models = List.copyOf(models);
  }

  /** A budget of all models. */
  public static Budget of(String name, Scope scope, Unit unit, Period period, long limit) {
    return new Budget(name, scope, unit, period, limit, List.of());
  }
}
