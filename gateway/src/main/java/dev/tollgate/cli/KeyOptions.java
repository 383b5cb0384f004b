package dev.tollgate.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** All that a key may be limited to. A limit of {@code none} is no limit. */
final class KeyOptions extends BudgetOptions {
  @Option(names = "--name", description = "To know it by.")
  private @Nullable String name;

  @Option(
      names = {"--quota-usd", "--quota"},
      paramLabel = "USD",
      converter = Limit.Reader.class,
      description = "What it may spend in all; none lifts this and the other limits.")
  private @Nullable Limit quota;

  @Option(
      names = "--window",
      paramLabel = "TIME=USD",
      converter = Limit.Window.Reader.class,
      description = "What it may spend in some time, as 5h=5 or 7d=100. Repeatable.")
  private @Nullable List<Limit.Window> windows;

  @Option(
      names = "--window-kind",
      paramLabel = "KIND",
      description = "rolling (unless given), or first_use: a window opens with its first spend.")
  private @Nullable String windowKind;

  @Option(
      names = "--rpm",
      paramLabel = "N",
      converter = Limit.Reader.class,
      description = "Requests a minute.")
  private @Nullable Limit rpm;

  @Option(
      names = "--tpm",
      paramLabel = "N",
      converter = Limit.Reader.class,
      description = "Tokens a minute.")
  private @Nullable Limit tpm;

  @Option(
      names = "--max-concurrency",
      paramLabel = "N",
      converter = Limit.Reader.class,
      description = "Requests at a time.")
  private @Nullable Limit concurrency;

  @Option(
      names = {"--models", "--model"},
      paramLabel = "GLOB",
      split = ",",
      description = "Globs of the models that it may use. Repeatable.")
  private @Nullable List<String> models;

  @Option(
      names = {"--scopes", "--scope"},
      paramLabel = "SCOPE",
      split = ",",
      description = "What else it may do. Repeatable.")
  private @Nullable List<String> scopes;

  @Option(
      names = {"--expires-at", "--expires"},
      paramLabel = "TIME",
      description = "Such as 2030-12-31T23:59:59Z; never lifts it.")
  private @Nullable String expiresAt;

  /** What was typed, as the admin API takes it. */
  Map<String, @Nullable Object> body() {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    Arguments.put(body, "name", name);
    Arguments.put(body, "quota_usd", quota);
    if (windows != null) {
      Map<String, @Nullable Object> limits = new LinkedHashMap<>();
      windows.forEach(window -> limits.put(window.name(), window.limit().value()));
      body.put("windows_usd", limits);
    }
    Arguments.put(body, "window_kind", windowKind);
    Arguments.put(body, "rpm", rpm);
    Arguments.put(body, "tpm", tpm);
    Arguments.put(body, "max_concurrency", concurrency);
    Arguments.put(body, "models", models);
    Arguments.put(body, "scopes", scopes);
    if (expiresAt != null) {
      body.put("expires_at", expiresAt.equals("never") ? null : expiresAt);
    }
    addTo(body);
    return body;
  }
}
