package dev.tollgate.cli;

import picocli.CommandLine.Option;

/** How admin commands reach the ops port. */
final class AdminOptions extends ApiOptions {
  @Option(
      names = "--ops-url",
      paramLabel = "URL",
      defaultValue = "${env:TOLLGATE_OPS_URL:-http://127.0.0.1:9090}",
      description = "The ops port; ${DEFAULT-VALUE} unless given.")
  private String opsUrl = "";

  @Override
  ApiClient client() {
    return client(opsUrl, "TOLLGATE_ADMIN_TOKEN", "the gateway's admin token");
  }
}
