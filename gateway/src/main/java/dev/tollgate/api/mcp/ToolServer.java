package dev.tollgate.api.mcp;

import dev.tollgate.http.Json;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpStatelessServerHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.InitializeRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpStatelessServerTransport;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;

/**
 * The protocol, spoken by the SDK's stateless server: nothing is kept between two messages, so any
 * gateway can answer any of them. One per lane. It never blocks; answers complete where those of
 * the tools do.
 */
public final class ToolServer {
  private static final String INSTRUCTIONS =
      "Tells an agent what is left on the account that its API key spends from, and what the key"
          + " has spent. Amounts are in credits.";

  /** What the params of a method must be read as. */
  private static final Map<String, Class<?>> PARAMS =
      Map.of(
          McpSchema.METHOD_INITIALIZE, InitializeRequest.class,
          McpSchema.METHOD_TOOLS_CALL, CallToolRequest.class);

  private final McpJsonMapper mapper = new JacksonMcpJsonMapper(Json.mapper());
  private final Handed handed = new Handed();
  private final McpStatelessServerHandler handler;
  private final Set<String> tools;

  /** Where the SDK leaves what answers messages; the rest of a transport is the door. */
  private static final class Handed implements McpStatelessServerTransport {
    private @Nullable McpStatelessServerHandler handler;

    @Override
    public void setMcpHandler(McpStatelessServerHandler given) {
      handler = given;
    }

    @Override
    public Mono<Void> closeGracefully() {
      return Mono.empty();
    }
  }

  public ToolServer(AccountTools accountTools) {
    String version = ToolServer.class.getPackage().getImplementationVersion();
    var specifications = accountTools.all(mapper);
    McpServer.async(handed)
        .serverInfo("tollgate", version == null ? "unpackaged" : version)
        .instructions(INSTRUCTIONS)
        .capabilities(ServerCapabilities.builder().tools(false).build())
        .jsonMapper(mapper)
        .jsonSchemaValidator(new NamedFields())
        .validateToolInputs(true)
        .tools(specifications)
        .build();
    this.handler = Objects.requireNonNull(handed.handler);
    this.tools =
        specifications.stream()
            .map(one -> one.tool().name())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Of the protocol, oldest first. */
  List<String> versions() {
    return handed.protocolVersions();
  }

  /** The answer, as JSON. */
  CompletionStage<String> answer(Caller caller, JSONRPCRequest request) {
    JSONRPCError fault = faultOf(request);
    CompletionStage<JSONRPCResponse> answer =
        fault != null
            ? CompletableFuture.completedFuture(JSONRPCResponse.error(request.id(), fault))
            : handler.handleRequest(caller.context(), request).toFuture();
    return answer.thenApply(Json::write);
  }

  CompletionStage<?> take(Caller caller, JSONRPCNotification notification) {
    return handler.handleNotification(caller.context(), notification).toFuture();
  }

  /** What the SDK would tell as a fault of its own, or in words that help nobody. */
  private @Nullable JSONRPCError faultOf(JSONRPCRequest request) {
    Class<?> type = PARAMS.get(request.method());
    if (type == null) {
      return null;
    }
    Object params = null;
    try {
      params = request.params() == null ? null : mapper.convertValue(request.params(), type);
    } catch (JacksonException | IllegalArgumentException otherwise) {
      // As if there were none.
    }
    if (params == null) {
      return invalid("The params of " + request.method() + " are not as they must be.");
    }
    return params instanceof CallToolRequest call && !tools.contains(call.name())
        ? invalid("Unknown tool: " + call.name())
        : null;
  }

  private static JSONRPCError invalid(String why) {
    return new JSONRPCError(ErrorCodes.INVALID_PARAMS, why);
  }
}
