package dev.tollgate.config;

import dev.tollgate.billing.invoice.InvoiceSettings;
import dev.tollgate.billing.mail.MailServer;
import dev.tollgate.billing.payment.PaymentSettings;
import dev.tollgate.ledger.RedisAddress;
import dev.tollgate.proxy.Provider;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code gateway.yaml}, checked. Immutable; paths are absolute or relative to the working
 * directory.
 *
 * @param publicUrl without a trailing slash; null where none is given, and links are paths
 * @param dataDir where the embedded stores live
 * @param keyPrefix what new bearer keys begin with
 * @param providers by name, in the order of the file
 * @param email null where no mail is sent
 */
public record GatewayConfig(
    Listen listen,
    Ops ops,
    @Nullable URI publicUrl,
    Path dataDir,
    Redis redis,
    Archive archive,
    String keyPrefix,
    Map<String, Provider> providers,
    PaymentSettings payments,
    @Nullable MailServer email,
    InvoiceSettings invoices,
    Limits limits) {

  public GatewayConfig {
    providers = Collections.unmodifiableMap(new LinkedHashMap<>(providers));
  }

  /** The port for customers; 0 for any free one. */
  public record Listen(String host, int port, @Nullable Tls tls) {}

  /** PEM files: a certificate chain and its key. */
  public record Tls(Path certificate, Path privateKey) {}

  /** The port for operators; 0 for any free one. The token is never empty. */
  public record Ops(String host, int port, String adminToken) {
    @Override
    public String toString() {
      return "Ops[host=" + host + ", port=" + port + "]";
    }
  }

  /** Where the ledger is kept. */
  public sealed interface Redis {
    /** A child process below the data directory. */
    record Embedded() implements Redis {}

    /** Servers that somebody else runs. */
    record Elsewhere(RedisAddress address) implements Redis {}
  }

  /** Where the ledger is archived. */
  public sealed interface Archive {
    /** A file below the data directory. */
    record Embedded() implements Archive {}

    /** A SQLite file elsewhere. */
    record SqliteFile(Path file) implements Archive {}

    /**
     * A server that somebody else runs.
     *
     * @param jdbcUrl may carry a password
     */
    record Elsewhere(String jdbcUrl) implements Archive {
      @Override
      public String toString() {
        return "Elsewhere[jdbcUrl=…]";
      }
    }
  }
}
