package dev.tollgate.api.mcp;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.domain.RequestId;
import io.modelcontextprotocol.common.McpTransportContext;
import java.util.Map;

/** Who calls a tool: goes through the SDK beside the call. */
record Caller(Access.Granted granted, RequestId request) {
  private static final String NAME = "caller";

  McpTransportContext context() {
    return McpTransportContext.create(Map.of(NAME, this));
  }

  static Caller of(McpTransportContext context) {
    return (Caller) context.get(NAME);
  }
}
