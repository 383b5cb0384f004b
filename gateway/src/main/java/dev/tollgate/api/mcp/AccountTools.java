package dev.tollgate.api.mcp;

import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.BookDesk;
import dev.tollgate.account.BookDesk.Read;
import dev.tollgate.account.CreditDocuments;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.RefusalRenderer;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.AsyncToolSpecification;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * What an agent may ask about the account of its key: the documents of {@code /api/payment/balance}
 * and {@code /api/payment/usage}. One per lane; results complete on its event loop.
 */
public final class AccountTools {
  private static final Logger log = LoggerFactory.getLogger(AccountTools.class);

  /** Whose refusals a result has that tells of one. */
  private static final String PAYMENT = "/api/payment/";

  /** Of a result that the books had not caught up for: what happened lately may not be in it. */
  private static final Map<String, Object> BEHIND = Map.of("dev.tollgate/books", "behind");

  private final AccountBooks books;
  private final CreditDocuments documents;
  private final RefusalRenderer refusals;

  public AccountTools(AccountBooks books, CreditDocuments documents, RefusalRenderer refusals) {
    this.books = books;
    this.documents = documents;
    this.refusals = refusals;
  }

  List<AsyncToolSpecification> all(McpJsonMapper mapper) {
    ToolDescriptions descriptions = new ToolDescriptions(mapper);
    return List.of(
        tool(descriptions.balance(), this::balance), tool(descriptions.usage(), this::usage));
  }

  private AsyncToolSpecification tool(
      Tool description, Function<Caller, CompletionStage<CallToolResult>> result) {
    return new AsyncToolSpecification(
        description,
        (context, call) -> {
          Caller caller = Caller.of(context);
          return Mono.fromCompletionStage(
              () -> result.apply(caller).exceptionally(failure -> refused(caller, failure)));
        });
  }

  private CompletionStage<CallToolResult> balance(Caller caller) {
    Map<String, ?> document = documents.balance(caller.granted());
    return CompletableFuture.completedFuture(result(new Read<>(document, true)));
  }

  private CompletionStage<CallToolResult> usage(Caller caller) {
    return books
        .recentCalls(caller.granted().key().ref())
        .thenApply(
            read ->
                result(
                    new Read<>(
                        documents.usage(caller.granted().account(), read.value()),
                        read.isCurrent())));
  }

  /** The document twice: for programs, and as the same JSON for clients that know only text. */
  private static CallToolResult result(Read<Map<String, ?>> document) {
    CallToolResult.Builder result =
        CallToolResult.builder(List.of(text(Json.write(document.value()))))
            .structuredContent(document.value());
    return (document.isCurrent() ? result : result.meta(BEHIND)).build();
  }

  /** The model is told why, in the words of the account API. */
  private CallToolResult refused(Caller caller, Throwable failure) {
    Refusal refusal = BookDesk.refusalFor(failure);
    if (refusal == null) {
      log.error("request {} failed", caller.request(), failure);
      refusal = new Refusal.InternalError();
    }
    byte[] body = refusals.render(refusal, PAYMENT, caller.request()).body();
    return CallToolResult.builder(List.of(text(new String(body, StandardCharsets.UTF_8))))
        .isError(true)
        .build();
  }

  private static TextContent text(String text) {
    return TextContent.builder(text).build();
  }
}
