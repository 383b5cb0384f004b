package dev.tollgate.cli;

import picocli.CommandLine.Option;

/** How admin commands reach the ops port. */
final class AdminOptions {
  @Option(
      names = "--ops-url",
      paramLabel = "URL",
      defaultValue = "${env:TOLLGATE_OPS_URL:-http://127.0.0.1:9090}",
      description = "The ops port; ${DEFAULT-VALUE} unless given.")
  private String opsUrl = "";

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  ApiClient client() {
    String token = System.getenv("TOLLGATE_ADMIN_TOKEN");
    if (token == null || token.isBlank()) {
      throw new CommandFailure("set TOLLGATE_ADMIN_TOKEN to the gateway's admin token", null);
    }
    return new ApiClient(opsUrl, token.strip());
  }

  boolean json() {
    return json;
  }
}
