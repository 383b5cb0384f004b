package dev.tollgate.api.mcp;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;

/** What agents are told about each tool: when to call it, and what comes back. */
final class ToolDescriptions {
  private static final String NO_ARGUMENTS =
      """
      {"type": "object", "properties": {}, "additionalProperties": false}
      """;

  private static final String BALANCE =
      """
      {
        "type": "object",
        "required": ["ok", "balance", "created", "last_used", "total_purchased"],
        "additionalProperties": false,
        "properties": {
          "ok": {"type": "boolean"},
          "balance": {"type": "number", "description": "Credits that are left"},
          "created": {"type": "string", "format": "date-time", "description": "When the key was made"},
          "last_used": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When the key last paid for a call; null if it never has"
          },
          "total_purchased": {"type": "number", "description": "Credits that were ever bought"}
        }
      }
      """;

  private static final String USAGE =
      """
      {
        "type": "object",
        "required": [
          "ok", "token_balance", "total_calls", "total_credits_spent", "by_endpoint", "recent"
        ],
        "additionalProperties": false,
        "properties": {
          "ok": {"type": "boolean"},
          "token_balance": {"type": "number", "description": "Credits that are left"},
          "total_calls": {"type": "integer", "description": "Calls counted here, at most 100"},
          "total_credits_spent": {"type": "number", "description": "What these calls cost"},
          "by_endpoint": {
            "type": "object",
            "description": "The same calls by the path that was called",
            "additionalProperties": {
              "type": "object",
              "required": ["calls", "credits", "last_seen"],
              "additionalProperties": false,
              "properties": {
                "calls": {"type": "integer"},
                "credits": {"type": "number"},
                "last_seen": {"type": "string", "format": "date-time"}
              }
            }
          },
          "recent": {
            "type": "array",
            "maxItems": 25,
            "description": "The newest calls one by one, newest first",
            "items": {
              "type": "object",
              "required": ["endpoint", "credits", "at"],
              "additionalProperties": false,
              "properties": {
                "endpoint": {"type": "string"},
                "credits": {"type": "number"},
                "at": {"type": "string", "format": "date-time"}
              }
            }
          }
        }
      }
      """;

  private final McpJsonMapper mapper;

  ToolDescriptions(McpJsonMapper mapper) {
    this.mapper = mapper;
  }

  Tool balance() {
    return tool(
        "get_account_balance",
        "Account balance",
        "Tells how many credits are left on the account of this API key, how many were ever bought,"
            + " and when the key was made and last used. Free of charge: call it before costly"
            + " work, and now and then during a long session.",
        BALANCE);
  }

  Tool usage() {
    return tool(
        "get_account_usage",
        "Account usage",
        "Tells what this API key has spent its credits on: its last 100 calls added up by endpoint,"
            + " and the newest 25 one by one. Free of charge.",
        USAGE);
  }

  private Tool tool(String name, String title, String description, String outputSchema) {
    return Tool.builder(name, mapper, NO_ARGUMENTS)
        .title(title)
        .description(description)
        .outputSchema(mapper, outputSchema)
        .annotations(
            ToolAnnotations.builder()
                .title(title)
                .readOnlyHint(true)
                .destructiveHint(false)
                .idempotentHint(true)
                .openWorldHint(false)
                .build())
        .build();
  }
}
