package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.BookDesk.Read;
import dev.tollgate.account.Days;
import dev.tollgate.account.Fields;
import dev.tollgate.account.OwnKeys;
import dev.tollgate.archive.Books.Request;
import dev.tollgate.archive.Books.RequestFilter;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/billing/requests}: each request of the account, newest first, as JSON or CSV. One
 * per lane.
 */
public final class RequestsDoor {
  private static final int LIMIT_DEFAULT = 100;
  private static final int LIMIT_MAX = 1_000;
  private static final int STATUS_MAX = 599;
  private static final String CURSOR = "cursor";

  private final CustomerAccess access;
  private final AccountBooks books;
  private final OwnKeys keys;

  public RequestsDoor(CustomerAccess access, AccountBooks books, OwnKeys keys) {
    this.access = access;
    this.books = books;
    this.keys = keys;
  }

  public CompletionStage<Reply> list(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Parameters parameters = new Parameters(query);
          int limit = parameters.number("limit", 1, LIMIT_MAX, LIMIT_DEFAULT);
          RequestFilter filter = filter(parameters);
          return whereKeyIsOwn(
              request, granted, filter, () -> find(request, granted, filter, limit));
        });
  }

  /** The work of a request that may go on. */
  @FunctionalInterface
  private interface Rest {
    CompletionStage<Reply> answer();
  }

  /** Another account's key is not found, like one that never was. */
  private CompletionStage<Reply> whereKeyIsOwn(
      ServerRequest request, Access.Granted granted, RequestFilter filter, Rest rest) {
    KeyId key = filter.key();
    return key == null
        ? rest.answer()
        : keys.find(granted, key.value())
            .thenCompose(
                outcome ->
                    switch (outcome) {
                      case OwnKeys.Outcome.Refused(Refusal refusal) ->
                          CompletableFuture.completedFuture(access.refuse(request, refusal));
                      case OwnKeys.Outcome.Found found -> rest.answer();
                      case OwnKeys.Outcome.Created created -> rest.answer();
                    });
  }

  private CompletionStage<Reply> find(
      ServerRequest request, Access.Granted granted, RequestFilter filter, int limit) {
    boolean isCsv = wantsCsv(request);
    // One more than asked for says whether there are more.
    return books
        .requests(granted.account().id(), filter, limit + 1)
        .thenApply(
            read -> {
              List<Request> page = read.value().subList(0, Math.min(limit, read.value().size()));
              String next = read.value().size() > limit ? cursor(page.getLast()) : null;
              return isCsv ? csv(read, page, next) : json(read, page, next);
            });
  }

  private static Reply json(Read<?> read, List<Request> page, @Nullable String next) {
    Map<String, @Nullable Object> meta = new LinkedHashMap<>();
    meta.put("next_cursor", next);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("data", page.stream().map(RequestRow::document).toList());
    document.put("meta", meta);
    return CustomerAccess.marked(
        read, Json.reply(200, document).with(HttpHeaderNames.VARY, "Accept"));
  }

  private static Reply csv(Read<?> read, List<Request> page, @Nullable String next) {
    byte[] table = RequestRow.csv(page).getBytes(StandardCharsets.UTF_8);
    Reply reply =
        Reply.of(200, "text/csv; charset=utf-8", table)
            .with(HttpHeaderNames.CONTENT_DISPOSITION, "attachment; filename=\"requests.csv\"")
            .with(HttpHeaderNames.VARY, "Accept");
    if (next != null) {
      reply.with("x-next-cursor", next);
    }
    return CustomerAccess.marked(read, reply);
  }

  /** Whether CSV is named before JSON. */
  private static boolean wantsCsv(ServerRequest request) {
    for (String accept : request.headers().getAll(HttpHeaderNames.ACCEPT)) {
      for (String range : accept.toLowerCase(Locale.ROOT).split(",", -1)) {
        String type = range.split(";", 2)[0].strip();
        if (type.equals("text/csv")) {
          return true;
        } else if (type.equals("application/json")) {
          return false;
        }
      }
    }
    return false;
  }

  private static RequestFilter filter(Parameters parameters) {
    String key = parameters.text("key");
    LocalDate start = parameters.day(Days.START);
    LocalDate end = parameters.day(Days.END);
    if (start != null && end != null && start.isAfter(end)) {
      throw new Fields.Fault(Days.START, Days.START + " must not be after " + Days.END + ".");
    }
    return new RequestFilter(
        key == null ? null : new KeyId(key),
        parameters.text("model"),
        parameters.text("endpoint"),
        parameters.number("status", 0, STATUS_MAX),
        start == null ? null : Days.startMillis(start),
        end == null ? null : Days.startMillis(end.plusDays(1)),
        before(parameters.text(CURSOR)));
  }

  private static String cursor(Request last) {
    return "p" + Long.toString(last.position(), Character.MAX_RADIX);
  }

  private static @Nullable Long before(@Nullable String cursor) {
    if (cursor == null) {
      return null;
    }
    try {
      long position = Long.parseLong(cursor.substring(1), Character.MAX_RADIX);
      // Written in one way only: what reads back as itself is one of ours.
      if (position >= 0 && cursor.equals("p" + Long.toString(position, Character.MAX_RADIX))) {
        return position;
      }
    } catch (NumberFormatException notACursor) {
      // said below
    }
    throw new Fields.Fault(CURSOR, "cursor must be a next_cursor of this list.");
  }
}
