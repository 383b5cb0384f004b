package dev.tollgate.api.mcp;

import dev.tollgate.account.AccountAccess;
import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Door;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import io.modelcontextprotocol.spec.HttpHeaders;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /mcp}: MCP's streamable HTTP, of which it needs no stream. Each request has one
 * message and the customer's key, and is answered with JSON; a notification with 202. One per lane.
 */
public final class McpDoor implements Door {
  private static final String JSON = "application/json";
  private static final Set<String> MEDIA_THAT_ADMIT_JSON = Set.of(JSON, "application/*", "*/*");

  private final AccountAccess access;
  private final ToolServer server;
  private final RefusalRenderer refusals;
  private final Origins origins;

  /**
   * @param publicUrl whose pages may ask; null for none
   */
  public McpDoor(
      AccountAccess access, ToolServer server, RefusalRenderer refusals, @Nullable URI publicUrl) {
    this.access = access;
    this.server = server;
    this.refusals = refusals;
    this.origins = new Origins(publicUrl);
  }

  @Override
  public CompletionStage<Reply> answer(ServerRequest request, Query query, byte[] body) {
    if (!origins.mayAsk(request.headers())) {
      return refuse(request, new Refusal.OriginNotAllowed());
    }
    return access
        .open(request.headers())
        .thenCompose(
            opened ->
                switch (opened) {
                  case Access.Denied(Refusal refusal) -> refuse(request, refusal);
                  case Access.Granted granted ->
                      answer(request, new Caller(granted, request.id()), body);
                });
  }

  private CompletionStage<Reply> answer(ServerRequest request, Caller caller, byte[] body) {
    if (!admitsJson(request)) {
      return fault(406, ErrorCodes.INVALID_REQUEST, "Answers are application/json. Accept that.");
    }
    if (!isJson(request)) {
      return fault(415, ErrorCodes.INVALID_REQUEST, "Send the message as application/json.");
    }
    return switch (Message.read(body)) {
      case Message.Nonsense(int code, String why) -> fault(400, code, why);
      case Message.Note(var notification) ->
          server.take(caller, notification).thenApply(taken -> accepted());
      case Message.Call(JSONRPCRequest call) when !knowsVersion(request, call) ->
          fault(
              400,
              ErrorCodes.INVALID_REQUEST,
              "This version of the protocol is not spoken here, but "
                  + String.join(", ", server.versions())
                  + ".");
      case Message.Call(JSONRPCRequest call) ->
          server.answer(caller, call).thenApply(json -> Reply.json(200, json));
    };
  }

  /** A client that says nothing takes anything. */
  private static boolean admitsJson(ServerRequest request) {
    List<String> accepted = request.headers().getAll(HttpHeaderNames.ACCEPT);
    return accepted.isEmpty()
        || accepted.stream()
            .flatMap(field -> Arrays.stream(field.split(",", -1)))
            .anyMatch(one -> MEDIA_THAT_ADMIT_JSON.contains(mediaType(one)));
  }

  private static boolean isJson(ServerRequest request) {
    return mediaType(request.headers().get(HttpHeaderNames.CONTENT_TYPE, "")).equals(JSON);
  }

  /** Without its parameters. */
  private static String mediaType(String field) {
    int parameters = field.indexOf(';');
    return (parameters < 0 ? field : field.substring(0, parameters))
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  /** Which version is spoken is agreed on by the first call, and said by all others. */
  private boolean knowsVersion(ServerRequest request, JSONRPCRequest call) {
    String version = request.headers().get(HttpHeaders.PROTOCOL_VERSION);
    return version == null
        || call.method().equals(McpSchema.METHOD_INITIALIZE)
        || server.versions().contains(version);
  }

  private static Reply accepted() {
    return new Reply(HttpResponseStatus.ACCEPTED, new DefaultHttpHeaders(), new byte[0]);
  }

  /** A fault of the protocol: no message could be read that an answer could be to. */
  private static CompletionStage<Reply> fault(int status, int code, String why) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("code", code);
    error.put("message", why);
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("jsonrpc", "2.0");
    answer.put("id", null);
    answer.put("error", error);
    return CompletableFuture.completedFuture(Json.reply(status, answer));
  }

  private CompletionStage<Reply> refuse(ServerRequest request, Refusal refusal) {
    return CompletableFuture.completedFuture(
        refusals.render(refusal, request.path(), request.id()));
  }
}
