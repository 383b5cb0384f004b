package dev.tollgate.api.customer;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Spelling;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.RequestFacts;
import dev.tollgate.ledger.RequestRecord;
import dev.tollgate.ledger.RequestRecord.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One request as JSON. What is not known is null; what does not apply to its state is left out. */
final class GenerationDocument {
  /** Those with a field of their own. */
  private static final Set<Meter> NAMED =
      Set.of(
          Meter.INPUT,
          Meter.OUTPUT,
          Meter.REASONING,
          Meter.CACHE_READ,
          Meter.CACHE_WRITE_5M,
          Meter.CACHE_WRITE_1H);

  private GenerationDocument() {}

  static Map<String, @Nullable Object> of(RequestRecord request) {
    RequestFacts facts = request.facts();
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("id", request.request().value());
    data.put("status", Spelling.of(request.state()));
    if (!request.reason().isEmpty()) {
      data.put("reason", request.reason());
    }
    data.put("key_id", request.key().value());
    data.put("model", known(request.model()));
    data.put("provider", facts == null ? null : known(facts.provider()));
    data.put("upstream_model", facts == null ? null : known(facts.upstreamModel()));
    data.put("endpoint", facts == null ? null : facts.endpoint());
    data.put("streamed", facts == null ? null : facts.isStreamed());
    data.put("status_code", facts == null || facts.status() == 0 ? null : facts.status());
    data.put("created_at", time(request.startedAtMillis()));
    Usage usage = request.usage();
    data.put("usage", usage == null ? null : usage(usage));
    putCost(data, request);
    putTimes(data, request, facts);
    return data;
  }

  private static void putCost(Map<String, @Nullable Object> data, RequestRecord request) {
    Long listNanoUsd = request.listNanoUsd();
    data.put("cost", listNanoUsd == null ? null : Money.decimal(listNanoUsd));
    data.put("actual_cost", Money.decimal(request.paidNanoUsd()));
    data.put("currency", "USD");
    if (request.state() == State.RUNNING) {
      data.put("reserved", Money.decimal(request.heldNanoUsd()));
    }
    if (request.parts() > 0) {
      data.put("parts", request.parts());
    }
    String estimated = estimated(request);
    data.put("is_estimated", estimated != null);
    data.put("estimated_reason", estimated);
  }

  /** What is counted of an answer that is still coming may change. */
  private static @Nullable String estimated(RequestRecord request) {
    Usage usage = request.usage();
    boolean isOnItsWay = request.state() == State.RUNNING && usage != null && !usage.isNone();
    return isOnItsWay ? "running" : known(request.estimated());
  }

  private static void putTimes(
      Map<String, @Nullable Object> data, RequestRecord request, @Nullable RequestFacts facts) {
    boolean isOver = request.state() != State.RUNNING;
    data.put("latency_ms", facts != null && isOver ? facts.durationMillis() : null);
    data.put(
        "time_to_first_token_ms",
        facts == null || facts.firstByteMillis() < 0 ? null : facts.firstByteMillis());
    data.put("attempts", facts == null ? List.of() : attempts(facts.attempts()));
  }

  /** Counts of which none contains another, but for reasoning, which is output. */
  private static Map<String, @Nullable Object> usage(Usage usage) {
    Map<String, @Nullable Object> counts = new LinkedHashMap<>();
    long reasoning = usage.count(Meter.REASONING);
    counts.put("input_tokens", usage.count(Meter.INPUT));
    counts.put("output_tokens", usage.count(Meter.OUTPUT) + reasoning);
    // They are counted apart only where they are priced apart.
    counts.put("reasoning_tokens", reasoning == 0 ? null : reasoning);
    counts.put("cache_read_tokens", usage.count(Meter.CACHE_READ));
    counts.put(
        "cache_creation_tokens",
        usage.count(Meter.CACHE_WRITE_5M) + usage.count(Meter.CACHE_WRITE_1H));
    for (Meter meter : Meter.values()) {
      if (!NAMED.contains(meter) && usage.count(meter) != 0) {
        counts.put(name(meter), usage.count(meter));
      }
    }
    counts.put("total_tokens", usage.totalTokens());
    return counts;
  }

  private static String name(Meter meter) {
    if (meter == Meter.WEB_SEARCH) {
      return "web_searches";
    }
    return meter.key() + (meter.kind() == Meter.Kind.TOKEN ? "_tokens" : "s");
  }

  /**
   * @param attempts as {@code provider:outcome:millis}, separated by spaces
   */
  private static List<Map<String, Object>> attempts(String attempts) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (String attempt : attempts.isEmpty() ? new String[0] : attempts.split(" ", -1)) {
      String[] parts = attempt.split(":", 3);
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("provider", parts[0]);
      document.put("outcome", parts[1]);
      document.put("latency_ms", Long.parseLong(parts[2]));
      list.add(document);
    }
    return list;
  }

  private static @Nullable String known(String text) {
    return text.isEmpty() ? null : text;
  }

  private static @Nullable String time(long epochMillis) {
    return epochMillis == 0 ? null : Instant.ofEpochMilli(epochMillis).toString();
  }
}
