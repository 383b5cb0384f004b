package dev.tollgate.account;

import dev.tollgate.archive.Books.UsageGroup;
import dev.tollgate.archive.Books.UsageSum;
import dev.tollgate.domain.Money;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sums of usage as JSON: {@code cost} at list price, {@code actual_cost} as charged. */
public final class UsageDocument {
  private UsageDocument() {}

  public static Map<String, @Nullable Object> of(UsageSum sum) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    put(document, sum);
    return document;
  }

  /**
   * @param name of the field that says which group it is; null there for calls of no model
   */
  public static List<Map<String, @Nullable Object>> of(String name, List<UsageGroup> groups) {
    return groups.stream()
        .map(
            group -> {
              Map<String, @Nullable Object> document = new LinkedHashMap<>();
              document.put(name, group.group().isEmpty() ? null : group.group());
              put(document, group.sum());
              return document;
            })
        .toList();
  }

  private static void put(Map<String, @Nullable Object> document, UsageSum sum) {
    document.put("requests", sum.requests());
    document.put("input_tokens", sum.inputTokens());
    document.put("output_tokens", sum.outputTokens());
    document.put("cache_creation_tokens", sum.cacheCreationTokens());
    document.put("cache_read_tokens", sum.cacheReadTokens());
    document.put("total_tokens", sum.totalTokens());
    document.put("cost", Money.decimal(sum.listNanoUsd()));
    document.put("actual_cost", Money.decimal(sum.costNanoUsd()));
  }
}
