package dev.tollgate.app;

import dev.tollgate.account.AccountAccess;
import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.CreditDocuments;
import dev.tollgate.api.mcp.AccountTools;
import dev.tollgate.api.mcp.McpDoor;
import dev.tollgate.api.mcp.ToolServer;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Router;
import dev.tollgate.http.WholeBodyHandler;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** The MCP server of one lane, and where it is reached. */
final class McpRoutes {
  private static final int MESSAGE_BYTES_MAX = 64 << 10;

  private McpRoutes() {}

  static void add(
      Router.Builder router,
      AccountAccess access,
      AccountBooks books,
      CreditDocuments documents,
      RefusalRenderer refusals,
      @Nullable URI publicUrl) {
    ToolServer server = new ToolServer(new AccountTools(books, documents, refusals));
    McpDoor door = new McpDoor(access, server, refusals, publicUrl);
    router.route(HttpMethod.POST, "/mcp", new WholeBodyHandler(door, refusals, MESSAGE_BYTES_MAX));
  }
}
