package dev.tollgate.account;

import dev.tollgate.archive.Books;
import dev.tollgate.archive.Books.Request;
import dev.tollgate.archive.Books.RequestFilter;
import dev.tollgate.domain.KeyRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The last {@link #CALLS_MAX} calls of a key that were charged, if only 0, newest first.
 *
 * @param calls as the books have them
 */
public record RecentCalls(List<Request> calls) {
  public static final int CALLS_MAX = 100;

  /** Behind so many pages of nothing but calls that were given back there may be more. */
  private static final int PAGES_MAX = 10;

  /** Calls of one endpoint. */
  public record EndpointCalls(long calls, long costNanoUsd, long lastMillis) {
    EndpointCalls plus(Request call) {
      return new EndpointCalls(
          calls + 1, costNanoUsd + call.costNanoUsd(), Math.max(lastMillis, call.endedAtMillis()));
    }
  }

  /** Blocks, as the books do. */
  static RecentCalls of(Books books, KeyRef key) {
    List<Request> calls = new ArrayList<>();
    Long before = null;
    for (int page = 0; page < PAGES_MAX && calls.size() < CALLS_MAX; page++) {
      List<Request> found =
          books.requests(
              key.account(),
              new RequestFilter(key.key(), null, null, null, null, null, before),
              CALLS_MAX);
      found.stream()
          .filter(request -> !request.outcome().equals("released"))
          .limit(CALLS_MAX - calls.size())
          .forEach(calls::add);
      if (found.size() < CALLS_MAX) {
        break;
      }
      before = found.getLast().position();
    }
    return new RecentCalls(calls);
  }

  public long costNanoUsd() {
    return calls.stream().mapToLong(Request::costNanoUsd).sum();
  }

  /** By the path that was called; that of the newest call first. */
  public Map<String, EndpointCalls> byEndpoint() {
    Map<String, EndpointCalls> endpoints = new LinkedHashMap<>();
    for (Request call : calls) {
      EndpointCalls before =
          endpoints.getOrDefault(call.endpoint(), new EndpointCalls(0, 0, Long.MIN_VALUE));
      endpoints.put(call.endpoint(), before.plus(call));
    }
    return endpoints;
  }
}
