package dev.tollgate.config;

import dev.tollgate.config.GatewayConfig.Archive;
import dev.tollgate.config.GatewayConfig.Listen;
import dev.tollgate.config.GatewayConfig.Ops;
import dev.tollgate.config.GatewayConfig.Redis;
import dev.tollgate.config.GatewayConfig.Tls;
import dev.tollgate.proxy.Provider;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads {@code gateway.yaml}: one method per section, one line per key. */
final class GatewayReader {
  private static final Pattern KEY_PREFIX = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  /** What other files are named relative to. */
  private final Path directory;

  /** Where the card is; known once {@link #read} has returned. */
  private Path rateCard;

  /**
   * @param file the one that is going to be read
   */
  GatewayReader(Path file) {
    Path parent = file.getParent();
    this.directory = parent == null ? Path.of("") : parent;
    this.rateCard = directory.resolve("rates.yaml");
  }

  Path rateCard() {
    return rateCard;
  }

  /** Makes sense only if there were no faults. */
  GatewayConfig read(Section root) {
    root.require("providers");
    rateCard = directory.resolve(root.text("rate_card", "rates.yaml").replace('\0', '?'));
    return new GatewayConfig(
        root.section("listen", this::listen),
        root.section("ops", GatewayReader::ops),
        root.readOrNull("public_url", ProviderReader::plainUrl),
        Path.of(root.text("data_dir", "./data").replace('\0', '?')),
        root.read("redis", new Redis.Embedded(), StoresReader::redis),
        root.read("archive", new Archive.Embedded(), StoresReader::archive),
        root.read("key_prefix", "tg_live_", GatewayReader::keyPrefix),
        root.section("providers", this::providers),
        root.section(
            "payments", payments -> PaymentsReader.payments(payments, root.has("public_url"))),
        root.section("email", StoresReader::email),
        root.section("limits", new LimitsReader(directory)::read));
  }

  private Listen listen(Section listen) {
    return new Listen(
        listen.text("host", "0.0.0.0"),
        listen.integer("port", 8080, 0, Value.PORT_MAX),
        listen.has("tls") ? listen.section("tls", this::tls) : null);
  }

  private Tls tls(Section tls) {
    tls.require("certificate", "private_key");
    return new Tls(
        tls.read("certificate", directory, file -> file.existingFile(directory)),
        tls.read("private_key", directory, file -> file.existingFile(directory)));
  }

  private static Ops ops(Section ops) {
    ops.require("admin_token");
    return new Ops(
        ops.text("host", "127.0.0.1"),
        ops.integer("port", 9090, 0, Value.PORT_MAX),
        ops.read("admin_token", "", GatewayReader::adminToken));
  }

  private static String adminToken(Value value) {
    String token = value.secret();
    if (value.node() instanceof Node.Scalar scalar && scalar.value().isEmpty()) {
      value.fault("must not be empty: it opens every account");
    }
    return token;
  }

  private static String keyPrefix(Value value) {
    return value.matching(KEY_PREFIX, "1 to 32 of A-Z a-z 0-9 _ -", "tg_live_");
  }

  private Map<String, Provider> providers(Section section) {
    Map<String, Provider> providers = new LinkedHashMap<>();
    ProviderReader reader = new ProviderReader(directory);
    for (Section.Named named : section.named()) {
      if (!ProviderReader.NAME.matcher(named.name()).matches()) {
        named.fault("expected a name of 1 to 64 of A-Z a-z 0-9 _ . -");
      }
      Provider read = named.section(provider -> reader.read(named.name(), provider));
      if (Boolean.TRUE.equals(read.keepsFiles()) && hasFiles(providers, read)) {
        named.fault("keeps the files, as another provider of its dialect does: only one can");
      }
      providers.put(named.name(), read);
    }
    return providers;
  }

  /** Whether a provider of the same dialect is to keep files, too. */
  private static boolean hasFiles(Map<String, Provider> providers, Provider other) {
    return providers.values().stream()
        .anyMatch(
            provider ->
                Boolean.TRUE.equals(provider.keepsFiles())
                    && provider.settings().dialect().equals(other.settings().dialect()));
  }

  /** The names of the providers, as far as the file can be read: the card's targets name them. */
  static List<String> providerNames(Node root) {
    if (root instanceof Node.Mapping mapping) {
      for (Node.Entry entry : mapping.entries()) {
        if (entry.key().equals("providers") && entry.value() instanceof Node.Mapping providers) {
          return providers.entries().stream().map(Node.Entry::key).toList();
        }
      }
    }
    return List.of();
  }
}
