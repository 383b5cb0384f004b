package dev.tollgate.domain;

import java.util.List;

/**
 * One limit on an account or on a key. Every limit of the product is one of these: what is used,
 * held and asked for together may not exceed it.
 *
 * @param name what customers and refusals call it: {@code quota}, {@code 5h}, {@code concurrency};
 *     unique within its owner
 * @param limit in nano-USD, requests, tokens or open holds, by {@code unit}
 * @param models globs of the models it counts; empty means all
 */
public record Budget(
    String name, Scope scope, Unit unit, Period period, long limit, List<String> models) {
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
    if (limit < 0 || limit > Money.MAX_NANO_USD) {
      throw new IllegalArgumentException("limit out of range: " + limit);
    }
    models = List.copyOf(models);
  }
}
