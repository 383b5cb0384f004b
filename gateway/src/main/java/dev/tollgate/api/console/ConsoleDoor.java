package dev.tollgate.api.console;

import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * {@code GET /account}, its files, and {@code /dashboard/billing}, to which checkouts come back.
 * Serves the files that it knows by name, from memory. Immutable; one for all lanes.
 */
public final class ConsoleDoor {
  public static final String PAGE_PATH = "/account";

  /** Where payment providers send customers back to. */
  public static final String BILLING_PATH = "/dashboard/billing";

  /** The place of the file's name in {@link #FILE_PATH}. */
  private static final String FILE = "file";

  public static final String FILE_PATH = PAGE_PATH + "/{" + FILE + "}";

  private static final String PAGE = "index.html";

  /** Everything there is. */
  static final List<String> FILES =
      List.of(
          "api.js",
          "billing.js",
          "chart.js",
          "components.css",
          "console.css",
          "console.js",
          "dom.js",
          "forms.css",
          "funds.js",
          "icon.svg",
          "invoices.js",
          "keys.js",
          "money.js",
          "overview.js",
          "panel.js",
          "plans.js",
          "requests.js",
          "session.js",
          "tables.css",
          "usage.js");

  private final ConsoleFile page;
  private final Map<String, ConsoleFile> files;
  private final RefusalRenderer refusals;

  private ConsoleDoor(ConsoleFile page, Map<String, ConsoleFile> files, RefusalRenderer refusals) {
    this.page = page;
    this.files = files;
    this.refusals = refusals;
  }

  /** Reads all of it from the jar. */
  public static ConsoleDoor open(RefusalRenderer refusals) {
    return new ConsoleDoor(
        ConsoleFile.read(PAGE),
        FILES.stream().collect(Collectors.toMap(Function.identity(), ConsoleFile::read)),
        refusals);
  }

  public CompletionStage<Reply> page(ServerRequest request, Query query, byte[] body) {
    return CompletableFuture.completedFuture(page.answer(request.headers()));
  }

  public CompletionStage<Reply> file(ServerRequest request, Query query, byte[] body) {
    ConsoleFile file = files.get(request.pathParameters().getOrDefault(FILE, ""));
    return CompletableFuture.completedFuture(
        file == null ? unknown(request) : file.answer(request.headers()));
  }

  private Reply unknown(ServerRequest request) {
    Refusal refusal = new Refusal.NoSuchRoute(request.method().name(), request.path());
    return refusals.render(refusal, request.path(), request.id());
  }

  /** Shows the page's tab of billing, with what the payment provider has added to the address. */
  public CompletionStage<Reply> billing(ServerRequest request, Query query, byte[] body) {
    String added = request.query() == null ? "" : "?" + request.query();
    Reply reply = new Reply(HttpResponseStatus.SEE_OTHER, new DefaultHttpHeaders(), new byte[0]);
    return CompletableFuture.completedFuture(
        ConsoleFile.hardened(reply)
            .with(HttpHeaderNames.CACHE_CONTROL, "no-store")
            .with(HttpHeaderNames.LOCATION, PAGE_PATH + added + "#billing"));
  }
}
