package dev.tollgate.api.customer;

import dev.tollgate.account.Times;
import dev.tollgate.archive.Books.Request;
import dev.tollgate.domain.Money;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One request of the log: the same columns in JSON and CSV. What is not known is null, or empty.
 */
final class RequestRow {
  private static final String LINE_END = "\r\n";

  private static final List<String> COLUMNS =
      List.of(
          "id",
          "created_at",
          "ended_at",
          "key_id",
          "model",
          "endpoint",
          "provider",
          "status",
          "outcome",
          "streamed",
          "input_tokens",
          "output_tokens",
          "cache_creation_tokens",
          "cache_read_tokens",
          "total_tokens",
          "cost",
          "actual_cost",
          "latency_ms",
          "time_to_first_token_ms",
          "estimated_reason");

  private RequestRow() {}

  static Map<String, @Nullable Object> document(Request request) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("id", request.id());
    row.put("created_at", Times.millis(request.startedAtMillis()));
    row.put("ended_at", Times.millis(request.endedAtMillis()));
    row.put("key_id", known(request.key()));
    row.put("model", known(request.model()));
    row.put("endpoint", known(request.endpoint()));
    row.put("provider", known(request.provider()));
    row.put("status", request.status() == 0 ? null : request.status());
    row.put("outcome", request.outcome());
    row.put("streamed", request.isStreamed());
    row.put("input_tokens", request.inputTokens());
    row.put("output_tokens", request.outputTokens());
    row.put("cache_creation_tokens", request.cacheCreationTokens());
    row.put("cache_read_tokens", request.cacheReadTokens());
    row.put("total_tokens", request.totalTokens());
    row.put("cost", Money.decimal(request.listNanoUsd()));
    row.put("actual_cost", Money.decimal(request.costNanoUsd()));
    row.put("latency_ms", request.durationMillis());
    row.put(
        "time_to_first_token_ms", request.firstByteMillis() < 0 ? null : request.firstByteMillis());
    row.put("estimated_reason", known(request.estimated()));
    return row;
  }

  private static @Nullable String known(String text) {
    return text.isEmpty() ? null : text;
  }

  /** A table with a line of names, as RFC 4180 has it. */
  static String csv(List<Request> requests) {
    StringBuilder table = new StringBuilder(String.join(",", COLUMNS)).append(LINE_END);
    for (Request request : requests) {
      Map<String, @Nullable Object> row = document(request);
      table
          .append(
              COLUMNS.stream()
                  .map(column -> field(row.get(column)))
                  .collect(Collectors.joining(",")))
          .append(LINE_END);
    }
    return table.toString();
  }

  static String field(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case BigDecimal number -> number.toPlainString();
      case String text -> quoted(text);
      default -> value.toString();
    };
  }

  /** Spreadsheets take text for a formula that begins like one: an apostrophe keeps it text. */
  private static String quoted(String text) {
    boolean isFormula = !text.isEmpty() && "=+-@\t\r\n".indexOf(text.charAt(0)) >= 0;
    String shown = isFormula ? "'" + text : text;
    return shown.chars().anyMatch(c -> c == '"' || c == ',' || c == '\r' || c == '\n')
        ? '"' + shown.replace("\"", "\"\"") + '"'
        : shown;
  }
}
