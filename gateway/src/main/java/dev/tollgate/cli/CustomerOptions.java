package dev.tollgate.cli;

import picocli.CommandLine.Option;

/** How customer commands reach the public port. */
final class CustomerOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:TOLLGATE_URL:-http://127.0.0.1:8080}",
      description = "The gateway; ${DEFAULT-VALUE} unless given.")
  private String url = "";

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  ApiClient client() {
    String key = System.getenv("TOLLGATE_API_KEY");
    if (key == null || key.isBlank()) {
      throw new CommandFailure("set TOLLGATE_API_KEY to your API key", null);
    }
    return new ApiClient(url, key.strip());
  }

  boolean json() {
    return json;
  }
}
