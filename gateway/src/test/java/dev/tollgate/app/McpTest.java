package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tollgate.http.Json;
import dev.tollgate.openapi.SchemaCheck;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator.ValidationResponse;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** The MCP server: with the SDK's own client, and message by message. */
@ExtendWith(LeakWatch.class)
class McpTest {
  private static final String OURS = "https://toll.example";
  private static final JacksonMcpJsonMapper MAPPER = new JacksonMcpJsonMapper(Json.mapper());

  /** Holds every result that the client gets against the schema that the tool was listed with. */
  private static final JsonSchemaValidator SCHEMAS =
      (schema, content) -> {
        JsonNode rules = node(schema);
        List<String> faults = new SchemaCheck(rules).faults(rules, node(content), "");
        return faults.isEmpty()
            ? ValidationResponse.asValid(Json.write(content))
            : ValidationResponse.asInvalid(faults.toString());
      };

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(181);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.sellingPremium(provider, "credit: { usd: 0.03 }\n")
                .sections("public_url: " + OURS + "/tolls\n"));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static JsonNode node(Object document) {
    return Json.parse(Json.write(document).getBytes(UTF_8));
  }

  private static McpSyncClient client(GatewayForTests of, String key) {
    return McpClient.sync(
            HttpClientStreamableHttpTransport.builder(of.publicUrl().toString())
                .jsonMapper(MAPPER)
                .addHttpRequestCustomizer(
                    (request, method, uri, body, context) ->
                        request.header("authorization", "Bearer " + key))
                .build())
        .jsonSchemaValidator(SCHEMAS)
        .build();
  }

  private static CallToolResult call(McpSyncClient client, String tool) {
    return client.callTool(CallToolRequest.builder(tool).arguments(Map.of()).build());
  }

  private static String text(CallToolResult result) {
    assertThat(result.content()).hasSize(1);
    return ((TextContent) result.content().getFirst()).text();
  }

  /** A key that has paid for two calls. */
  private static String usedKey() throws Exception {
    String key = gateway.createKey("10");
    for (String path : List.of("/api/premium/routing", "/api/premium/news")) {
      assertThat(gateway.ask(key, "GET", path, null).statusCode()).isEqualTo(200);
    }
    gateway.awaitSettled(key);
    return key;
  }

  private static HttpResponse<String> post(String key, String message, String... fields)
      throws IOException {
    String[] all = new String[fields.length + 2];
    all[0] = "content-type";
    all[1] = "application/json";
    System.arraycopy(fields, 0, all, 2, fields.length);
    return gateway.ask(key, "POST", "/mcp", message, all);
  }

  private static String message(int id, String method, String params) {
    return "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}"
        .formatted(id, method, params);
  }

  private static int errorOf(HttpResponse<String> answer) {
    return json(answer).path("error").path("code").asInt();
  }

  // ---- what agents get

  @Test
  void tools_answerAsTheHttpApi_withTheSdksClient_free() throws Exception {
    String key = usedKey();
    String balance = gateway.ask(key, "GET", "/api/payment/balance", null).body();
    String usage = gateway.ask(key, "GET", "/api/payment/usage", null).body();

    try (McpSyncClient client = client(gateway, key)) {
      client.initialize();
      CallToolResult told = call(client, "get_account_balance");
      CallToolResult used = call(client, "get_account_usage");

      assertThat(client.getServerInfo().name()).isEqualTo("tollgate");
      assertThat(client.getCurrentInitializationResult().protocolVersion()).isEqualTo("2025-11-25");
      assertThat(text(told)).isEqualTo(balance).contains("\"balance\":332");
      assertThat(Json.write(told.structuredContent())).isEqualTo(balance);
      assertThat(text(used)).isEqualTo(usage).contains("\"total_calls\":2", "/api/premium/news");
      assertThat(Json.write(used.structuredContent())).isEqualTo(usage);
      assertThat(List.of(told, used)).noneMatch(result -> Boolean.TRUE.equals(result.isError()));
      assertThat(List.of(told, used)).allMatch(result -> result.meta() == null);
    }
    assertThat(gateway.ask(key, "GET", "/api/payment/balance", null).body()).isEqualTo(balance);
  }

  @Test
  void tools_areListed_withAllThatAnAgentNeedsToChoose() throws Exception {
    try (McpSyncClient client = client(gateway, gateway.createKey("0"))) {
      List<Tool> tools = client.listTools().tools();

      assertThat(tools)
          .extracting(Tool::name)
          .containsExactly("get_account_balance", "get_account_usage");
      assertThat(tools)
          .allSatisfy(
              tool -> {
                assertThat(tool.title()).isNotBlank();
                assertThat(tool.description()).contains("Free of charge");
                assertThat(tool.annotations().readOnlyHint()).isTrue();
                assertThat(tool.inputSchema()).containsEntry("properties", Map.of());
                assertThat(tool.outputSchema()).containsKey("required");
              });
    }
  }

  @Test
  void tool_whileTheBooksCannotBeRead_tellsTheAgentWhy() throws Exception {
    try (GatewayForTests blind =
            GatewayForTests.startSeenThrough(
                provider, open -> new OpenBooks(new NoBooks(), open.catchUp()));
        McpSyncClient client = client(blind, blind.createKey("1"))) {
      CallToolResult used = call(client, "get_account_usage");

      assertThat(used.isError()).isTrue();
      assertThat(text(used)).contains("\"ok\":false", "\"error\":\"archive_unavailable\"");
      assertThat(text(call(client, "get_account_balance"))).contains("\"ok\":true");
      assertThat(blind.metrics())
          .contains("tollgate_refusals_total{code=\"archive_unavailable\"} 1");
    }
  }

  @Test
  void tool_thatIsNone_orIsGivenArguments_isRefused() throws Exception {
    String key = gateway.createKey("0");
    try (McpSyncClient client = client(gateway, key)) {
      assertThatThrownBy(() -> call(client, "get_account_secrets"))
          .isInstanceOf(McpError.class)
          .hasMessageContaining("Unknown tool: get_account_secrets");
    }

    HttpResponse<String> none =
        post(key, message(7, "tools/call", "{\"name\":\"get_account_secrets\"}"));
    HttpResponse<String> given =
        post(
            key,
            message(
                8, "tools/call", "{\"name\":\"get_account_usage\",\"arguments\":{\"days\":7}}"));

    assertThat(none.statusCode()).isEqualTo(200);
    assertThat(errorOf(none)).isEqualTo(-32602);
    assertThat(json(none).path("id").asInt()).isEqualTo(7);
    assertThat(json(given).path("result").path("isError").asBoolean()).isTrue();
    assertThat(given.body()).contains("there is no days");
  }

  // ---- who may ask

  @Test
  void key_isAskedFor_withEveryMessage() throws Exception {
    String ping = message(1, "ping", "{}");
    String revoked = gateway.createKey("1");
    gateway.revoke(revoked);
    String suspended = gateway.createKey("1");
    gateway.suspend(suspended);

    for (String key : List.of("", "tg_live_unknown", revoked)) {
      HttpResponse<String> refused = post(key, ping);
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.headers().firstValue("www-authenticate")).hasValue("Bearer");
      assertThat(json(refused).path("error").path("data").path("code").asString())
          .isEqualTo(key.isEmpty() ? "token_required" : "invalid_api_key");
    }
    assertThat(post(revoked, ping).body()).contains("revoked");
    assertThat(post(suspended, ping).body())
        .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    assertThat(post("", ping, "x-api-key", suspended).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "https://toll.example, 200",
    "HTTPS://Toll.Example:443, 200",
    "https://toll.example:8443, 403",
    "http://toll.example, 403",
    "https://elsewhere.example, 403",
    "https://toll.example.elsewhere.example, 403",
    "null, 403",
    "not a site, 403"
  })
  void pages_ofOtherSites_mayNotAsk(String origin, int status) throws Exception {
    HttpResponse<String> answer =
        post(gateway.createKey("0"), message(1, "ping", "{}"), "origin", origin);

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body().contains("origin_not_allowed")).isEqualTo(status == 403);
  }

  @Test
  void pages_whereNoPublicUrlIsKnown_mayNotAsk_butOthersMay() throws Exception {
    try (GatewayForTests nameless = gateway.changed(GatewaySetup.USUAL)) {
      String[] page = {"content-type", "application/json", "origin", nameless.publicUrl() + ""};
      String key = nameless.createKey("0");
      String ping = message(1, "ping", "{}");

      assertThat(nameless.ask(key, "POST", "/mcp", ping, page).statusCode()).isEqualTo(403);
      assertThat(nameless.ask(key, "POST", "/mcp", ping, page[0], page[1]).statusCode())
          .isEqualTo(200);
    }
  }

  // ---- the protocol

  @ParameterizedTest
  @CsvSource({
    "2025-03-26, 2025-03-26",
    "2025-06-18, 2025-06-18",
    "2025-11-25, 2025-11-25",
    "2024-11-05, 2025-11-25",
    "2099-01-01, 2025-11-25"
  })
  void version_isTheClients_orTheNewest(String asked, String answered) throws Exception {
    String params =
        "{\"protocolVersion\":\"%s\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}"
            .formatted(asked);

    JsonNode result =
        json(post(gateway.createKey("0"), message(1, "initialize", params))).path("result");

    assertThat(result.path("protocolVersion").asString()).isEqualTo(answered);
    assertThat(result.path("capabilities").propertyNames()).containsExactly("tools");
  }

  @Test
  void version_thatIsNotSpoken_isRefused() throws Exception {
    String key = gateway.createKey("0");
    String ping = message(1, "ping", "{}");

    HttpResponse<String> other = post(key, ping, "mcp-protocol-version", "2024-11-05");

    assertThat(other.statusCode()).isEqualTo(400);
    assertThat(other.body()).contains("2025-11-25");
    assertThat(post(key, ping, "mcp-protocol-version", "2025-06-18").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "-32700 | {\"jsonrpc\":",
        "-32700 | ping",
        "-32700 | {} {}",
        "-32600 | [{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]",
        "-32600 | []",
        "-32600 | 7",
        "-32600 | {}",
        "-32600 | {\"id\":1,\"method\":\"ping\"}",
        "-32600 | {\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
        "-32600 | {\"jsonrpc\":\"2.0\",\"id\":1}",
        "-32600 | {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
        "-32600 | {\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
        "-32600 | {\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}",
        "-32600 | {\"jsonrpc\":\"2.0\",\"id\":99999999999999999999,\"method\":\"ping\"}",
        "-32600 | {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}"
      })
  void body_thatIsNoMessage_isRefused(int code, String body) throws Exception {
    HttpResponse<String> answer = post(gateway.createKey("0"), body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(errorOf(answer)).isEqualTo(code);
    assertThat(json(answer).path("id").isNull()).isTrue();
  }

  @Test
  void body_thatIsEmptyOrTooLarge_isRefused() throws Exception {
    String key = gateway.createKey("0");

    assertThat(errorOf(post(key, ""))).isEqualTo(-32700);
    HttpResponse<String> large = post(key, message(1, "x".repeat(64 << 10), "{}"));
    assertThat(large.statusCode()).isEqualTo(413);
    assertThat(errorOf(large)).isEqualTo(-32600);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "-32601 | resources/list | {}",
        "-32602 | tools/call | {}",
        "-32602 | tools/call | {\"name\":[]}",
        "-32602 | tools/call | {\"name\":\"get_account_usage\",\"arguments\":[]}",
        "-32602 | initialize | {\"protocolVersion\":{}}"
      })
  void request_thatCannotBeServed_isAnsweredUnderItsId(int code, String method, String params)
      throws Exception {
    HttpResponse<String> answer = post(gateway.createKey("0"), message(42, method, params));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(errorOf(answer)).isEqualTo(code);
    assertThat(json(answer).path("id").asInt()).isEqualTo(42);
    assertThat(answer.body()).doesNotContain("modelcontextprotocol", "jackson", "java.");
  }

  @Test
  void id_comesBackAsItWas() throws Exception {
    String key = gateway.createKey("0");

    for (String id : List.of("\"a\"", "\"\"", "0", "-1", "9007199254740993")) {
      assertThat(
              post(key, "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":%s}".formatted(id)).body())
          .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}".formatted(id));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"notifications/initialized", "notifications/cancelled", "of/somebody"})
  void notification_isTaken_withoutAnAnswer(String method) throws Exception {
    HttpResponse<String> taken =
        post(gateway.createKey("0"), "{\"jsonrpc\":\"2.0\",\"method\":\"%s\"}".formatted(method));

    assertThat(taken.statusCode()).isEqualTo(202);
    assertThat(taken.body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "DELETE", "PUT"})
  void otherMethods_areNotTaken(String method) throws Exception {
    HttpResponse<String> answer = gateway.ask(gateway.createKey("0"), method, "/mcp", null);

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("allow")).hasValue("OPTIONS, POST");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "application/json, text/event-stream | application/json                 | 200",
        "APPLICATION/JSON; q=0.9             | application/json; charset=utf-8  | 200",
        "*/*                                 | Application/Json                 | 200",
        "none                                | application/json                 | 200",
        "text/event-stream                   | application/json                 | 406",
        "text/html                           | application/json                 | 406",
        "application/json                    | text/plain                       | 415",
        "application/json                    | none                             | 415"
      })
  void media_areJson_bothWays(String accept, String contentType, int status) throws Exception {
    List<String> fields = new ArrayList<>();
    if (accept != null) {
      fields.addAll(List.of("accept", accept));
    }
    if (contentType != null) {
      fields.addAll(List.of("content-type", contentType));
    }

    HttpResponse<String> answer =
        gateway.ask(
            gateway.createKey("0"),
            "POST",
            "/mcp",
            message(1, "ping", "{}"),
            fields.toArray(String[]::new));

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(json(answer).path("jsonrpc").asString()).isEqualTo("2.0");
  }

  // ---- the log

  /** Whatever is said to it, and however much the log is asked to tell. */
  @Test
  void log_knowsNoKey() throws Exception {
    String key = gateway.createKey("0");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(log);
    Map<Logger, Level> usual = new HashMap<>();
    for (String name : List.of("dev.tollgate", "io.modelcontextprotocol", "reactor")) {
      Logger logger = (Logger) LoggerFactory.getLogger(name);
      usual.put(logger, logger.getLevel());
      logger.setLevel(Level.TRACE);
    }
    try {
      post(key, message(1, "tools/call", "{\"name\":\"get_account_balance\"}"));
      post(key, message(1, "tools/call", "{\"name\":\"get_account_usage\"}"));
      post(key, message(1, "initialize", "{\"protocolVersion\":\"none\"}"));
      post(key, "{");
      post(key + "x", "{}");
    } finally {
      usual.forEach(Logger::setLevel);
      root.detachAppender(log);
    }
    assertThat(List.copyOf(log.list))
        .extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(line -> line.contains("Client initialize request"))
        .noneMatch(line -> line.contains(key));
  }
}
