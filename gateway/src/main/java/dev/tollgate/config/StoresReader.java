package dev.tollgate.config;

import dev.tollgate.config.GatewayConfig.Archive;
import dev.tollgate.config.GatewayConfig.Email;
import dev.tollgate.config.GatewayConfig.Payments;
import dev.tollgate.config.GatewayConfig.Redis;
import java.net.URI;
import java.util.List;

/** Reads where data goes and whom the gateway calls on: Redis, the archive, payments, mail. */
final class StoresReader {
  private static final List<String> REDIS_SCHEMES = List.of("redis", "rediss");

  private StoresReader() {}

  static Redis redis(Value value) {
    if (value.node() instanceof Node.Sequence sequence) {
      if (sequence.items().size() == 1) {
        return redis(value.items().getFirst());
      }
      value.fault(
          "a cluster is not supported by this version; use one redis:// or rediss:// URI, or"
              + " embedded");
      return new Redis.Embedded();
    }
    if (isWord(value, "embedded")) {
      return new Redis.Embedded();
    }
    if (startsWith(value, "unix:/")) {
      return new Redis.Server(URI.create(value.text("").replace(" ", "%20")));
    }
    if (!(value.node() instanceof Node.Scalar scalar) || !scalar.value().contains("://")) {
      value.fault(
          "expected embedded, redis://host:6379/0, rediss://host:6379/0 or unix:/path/of.sock");
      return new Redis.Embedded();
    }
    URI uri = value.uri(REDIS_SCHEMES);
    if (uri != null && uri.getHost() == null) {
      value.fault("expected a host without an underscore: the Redis client knows no other");
    }
    return uri == null ? new Redis.Embedded() : new Redis.Server(uri);
  }

  static Archive archive(Value value) {
    if (!isWord(value, "embedded")) {
      value.fault(
          startsWith(value, "jdbc:")
              ? "a database server is not supported by this version; use embedded"
              : "expected embedded");
    }
    return Archive.EMBEDDED;
  }

  static Payments payments(Section payments) {
    payments.read(
        "provider",
        "none",
        value -> value.choice("none", List.of("none"), List.of("simulated", "stripe")));
    payments.read("secret_key", "", Value::secret);
    payments.read("webhook_secret", "", Value::secret);
    return Payments.NONE;
  }

  static Email email(Section email) {
    Value smtp = email.value("smtp");
    if (smtp != null && !isWord(smtp, "none")) {
      smtp.fault(
          startsWith(smtp, "smtp://") || startsWith(smtp, "smtps://")
              ? "sending mail is not supported by this version; use none"
              : "expected none");
    }
    email.text("from", "");
    return Email.NONE;
  }

  private static boolean isWord(Value value, String word) {
    return value.node() instanceof Node.Scalar scalar && scalar.value().equals(word);
  }

  private static boolean startsWith(Value value, String prefix) {
    return value.node() instanceof Node.Scalar scalar && scalar.value().startsWith(prefix);
  }
}
