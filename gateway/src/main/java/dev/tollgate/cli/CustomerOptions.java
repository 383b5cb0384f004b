package dev.tollgate.cli;

import picocli.CommandLine.Option;

/** How customer commands reach the public port. */
final class CustomerOptions extends ApiOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:TOLLGATE_URL:-http://127.0.0.1:8080}",
      description = "The gateway; ${DEFAULT-VALUE} unless given.")
  private String url = "";

  @Override
  ApiClient client() {
    return client(url, "TOLLGATE_API_KEY", "your API key");
  }
}
