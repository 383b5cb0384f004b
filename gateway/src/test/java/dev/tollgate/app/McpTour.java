package dev.tollgate.app;

import java.io.IOException;

/** What the MCP server says, well and badly. */
final class McpTour {
  private static final String LIST = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
  private static final String INITIALIZED =
      "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

  private McpTour() {}

  static void take(GatewayForTests gateway) throws IOException {
    String key = gateway.createKey("1");
    String[] json = {"content-type", "application/json"};
    gateway.ask(key, "POST", "/mcp", LIST, json);
    gateway.ask(key, "POST", "/mcp", INITIALIZED, json);
    gateway.ask(key, "POST", "/mcp", LIST, "content-type", "text/plain");
    gateway.ask(key, "POST", "/mcp", LIST, "accept", "text/event-stream");
    gateway.ask(key, "POST", "/mcp", LIST, "origin", "https://elsewhere.example");
  }
}
