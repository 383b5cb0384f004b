package dev.tollgate.app;

import dev.tollgate.config.Checked;
import dev.tollgate.config.Snapshot;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.TestCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The configuration of a gateway of a test, in a folder of its own. */
final class GatewayFiles implements AutoCloseable {
  static final String ADMIN_TOKEN = "for-tests-only";
  static final String PROVIDER_KEY = "the-providers-key";
  static final int BODY_BYTES_MAX = 1 << 20;

  private static final Map<String, String> ENVIRONMENT =
      Map.of("ADMIN_TOKEN", ADMIN_TOKEN, "PROVIDER_KEY", PROVIDER_KEY);

  /** Round prices, for tests that reckon by hand. */
  private static final String MODELS =
      """
        llama-3.3-70b:
          targets: [ { provider: openai-fake, model: llama-3.3-70b } ]
          prices: { input: 0.20, output: 0.60 }
          max_output_tokens: 8192
        bge-large-en-v1.5:
          targets: [ { provider: openai-fake, model: bge-large-en-v1.5 } ]
          prices: { input: 0.01 }
        claude-sonnet:
          targets: [ { provider: anthropic-fake, model: claude-sonnet } ]
          prices: { input: 3, output: 15 }
          max_output_tokens: 8192
        gemini-flash:
          targets: [ { provider: gemini-fake, model: gemini-flash } ]
          prices: { input: 0.30, output: 2.50 }
          max_output_tokens: 8192
      """;

  private final Path folder;
  private final FakeProvider provider;
  private final GatewaySetup setup;

  private GatewayFiles(Path folder, FakeProvider provider, GatewaySetup setup) {
    this.folder = folder;
    this.provider = provider;
    this.setup = setup;
  }

  static GatewayFiles write(FakeProvider provider, GatewaySetup setup) throws IOException {
    GatewayFiles files = new GatewayFiles(Files.createTempDirectory("tg"), provider, setup);
    Files.writeString(
        files.ratesFile(),
        TestCard.yaml("openai-fake", "anthropic-fake", "gemini-fake", "cohere-fake")
            + MODELS
            + setup.models().indent(2)
            + setup.rates());
    Files.writeString(files.gatewayFile(), files.gatewayYaml());
    return files;
  }

  private Path gatewayFile() {
    return folder.resolve("gateway.yaml");
  }

  private Path ratesFile() {
    return folder.resolve("rates.yaml");
  }

  ConfigSource source() {
    return ConfigSource.of(gatewayFile(), ENVIRONMENT);
  }

  /** As it is read now; it must be without fault. */
  Snapshot read() throws IOException {
    ConfigSource source = source();
    return switch (source.loader().load(source.gatewayFile())) {
      case Checked.Valid<Snapshot> valid -> valid.value();
      case Checked.Faulty<Snapshot> faulty -> throw new AssertionError(faulty.faults());
    };
  }

  void editRates(UnaryOperator<String> edit) throws IOException {
    Files.writeString(ratesFile(), edit.apply(Files.readString(ratesFile())));
  }

  void editGateway(UnaryOperator<String> edit) throws IOException {
    Files.writeString(gatewayFile(), edit.apply(Files.readString(gatewayFile())));
  }

  /**
   * Gateways of tests share a Redis, and each has a provider of its own by the same name: it must
   * not be asked for what another test's has. Who wants objects watched has a Redis to himself.
   */
  private String unwatched() {
    return setup.limits().contains("watch_millis_max")
        ? ""
        : "objects: { watch_millis: 1h, watch_millis_max: 1h }\n";
  }

  /**
   * Providers of tests fail on purpose, and are counted on to be asked once: who wants them asked
   * again, or left alone, says so.
   */
  private String onceEach() {
    String retries = "retries: { tries_per_target_max: 1 }\n";
    String breakers = "breakers: { failures_percent: 100, calls_min: 1000, window_calls: 1000 }\n";
    return (setup.limits().contains("retries:") ? "" : retries)
        + (setup.limits().contains("breakers:") ? "" : breakers);
  }

  private String gatewayYaml() {
    return """
    listen: { host: 127.0.0.1, port: 0%s }
    ops: { host: 127.0.0.1, port: 0, admin_token: "${ADMIN_TOKEN}" }
    redis: %s
    archive: "%s"
    data_dir: "%s"
    limits:
      requests: { body_bytes_max: %d, untold_millis_max: 3s%s }
    %sproviders:
    """
            .formatted(
                setup.tls(),
                setup.redisYaml(),
                setup.archiveUrl(),
                folder.resolve("data"),
                BODY_BYTES_MAX,
                setup.requests(),
                (unwatched() + onceEach() + setup.limits()).indent(2))
        + providerYaml("openai-fake", "openai")
        + providerYaml("anthropic-fake", "anthropic")
        + providerYaml("gemini-fake", "gemini")
        + providerYaml("cohere-fake", "cohere")
        + setup.providers().indent(2)
        + setup.sections();
  }

  private String providerYaml(String name, String dialect) {
    String trust = setup.trust().isEmpty() ? "" : "    trust_certificates: " + setup.trust() + "\n";
    return """
    %s:
      dialect: %s
      base_url: %s
      api_key: "${PROVIDER_KEY}"
      first_byte_millis_max: %s
      idle_millis_max: %s
      on_disconnect: %s
    """
            .formatted(
                name,
                dialect,
                provider.baseUrl(),
                setup.silenceMax(),
                setup.silenceMax(),
                setup.onDisconnect())
            .indent(2)
        + trust;
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
