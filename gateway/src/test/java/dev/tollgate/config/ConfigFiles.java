package dev.tollgate.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A directory with the two files in it. */
record ConfigFiles(Path directory) {
  static final String GATEWAY =
      """
      ops: { admin_token: "${TOKEN}" }
      providers:
        acme:
          dialect: openai
          base_url: https://api.acme.example/v1
          api_key: "${ACME_KEY}"
      """;

  static final String RATES =
      """
      models:
        llama:
          targets: [{ provider: acme, model: llama-3 }]
          prices: { input: 0.20, output: 0.60 }
      """;

  static final String SECRET = "s3cr3t-of-the-provider";

  static final Map<String, String> ENVIRONMENT =
      Map.of("TOKEN", "token-of-the-operator", "ACME_KEY", SECRET, "PORT", "8181", "EMPTY", "");

  Path gateway() {
    return directory.resolve("gateway.yaml");
  }

  Path rates() {
    return directory.resolve("rates.yaml");
  }

  ConfigFiles write(String gateway, String rates) {
    try {
      Files.writeString(gateway(), gateway);
      Files.writeString(rates(), rates);
      return this;
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
  }

  static ConfigLoader loader() {
    return new ConfigLoader(ENVIRONMENT, ConfigBounds.DEFAULT);
  }

  Checked<Snapshot> load() {
    return loader().load(gateway());
  }

  Snapshot valid() {
    return switch (load()) {
      case Checked.Valid<Snapshot> valid -> valid.value();
      case Checked.Faulty<Snapshot> faulty ->
          throw new AssertionError("faults: " + faulty.faults());
    };
  }

  static <T> T named(Map<String, T> map, String name) {
    return Objects.requireNonNull(map.get(name), name);
  }

  /** The faults as people see them, without the directory. */
  List<String> faults() {
    return switch (load()) {
      case Checked.Valid<Snapshot> valid -> List.of();
      case Checked.Faulty<Snapshot> faulty ->
          faulty.faults().stream()
              .map(fault -> fault.toString().replace(directory + "/", ""))
              .toList();
    };
  }
}
