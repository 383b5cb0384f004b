package dev.tollgate.config;

import dev.tollgate.config.GatewayConfig.Archive;
import dev.tollgate.config.GatewayConfig.Redis;
import dev.tollgate.ledger.RedisAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads where data goes: Redis and the archive. */
final class StoresReader {
  private static final List<String> REDIS_SCHEMES = List.of("redis", "rediss");
  private static final String SQLITE = "jdbc:sqlite:";
  private static final Set<String> NO_DATABASE = Set.of("", "/", "/0");

  /** Perhaps user and password, hosts, perhaps a database and options, and a name. */
  private static final Pattern SENTINELS =
      Pattern.compile(
          "rediss?-sentinel://(?:[^@/#]*@)?HOST(?:,HOST)*(?:/[0-9]*)?(?:\\?[^#]*)?#[^#]+"
              .replace("HOST", "[A-Za-z0-9._-]+(?::[0-9]{1,5})?"));

  private StoresReader() {}

  /** {@code embedded}, the URI of a server, or a list of URIs, which is a cluster. */
  static Redis redis(Value value) {
    if (value.node() instanceof Node.Sequence) {
      return cluster(value);
    }
    if (isWord(value, "embedded")) {
      return new Redis.Embedded();
    }
    if (startsWith(value, "unix:/")) {
      return new Redis.Elsewhere(RedisAddress.of(value.text("")));
    }
    if (startsWith(value, "redis-sentinel:") || startsWith(value, "rediss-sentinel:")) {
      return sentinels(value);
    }
    if (!(value.node() instanceof Node.Scalar scalar) || !scalar.value().contains("://")) {
      value.fault(
          "expected embedded, redis://host:6379/0, rediss://host:6379/0, unix:/path/of.sock,"
              + " redis-sentinel://host:26379#primary, or a list of URIs for a cluster");
      return new Redis.Embedded();
    }
    URI uri = server(value);
    return uri == null
        ? new Redis.Embedded()
        : new Redis.Elsewhere(RedisAddress.of(uri.toString()));
  }

  private static @Nullable URI server(Value value) {
    URI uri = value.uri(REDIS_SCHEMES);
    if (uri != null && uri.getHost() == null) {
      value.fault("expected a host without an underscore: the Redis client knows no other");
    }
    return uri;
  }

  private static Redis sentinels(Value value) {
    String text = value.text("");
    if (!SENTINELS.matcher(text).matches()) {
      value.fault(
          "expected sentinels and the name of their primary, such as"
              + " redis-sentinel://host1:26379,host2:26379#primary");
      return new Redis.Embedded();
    }
    return new Redis.Elsewhere(RedisAddress.of(text));
  }

  private static Redis cluster(Value value) {
    List<String> uris = new ArrayList<>();
    Set<String> schemes = new HashSet<>();
    for (Value item : value.items()) {
      URI uri = server(item);
      if (uri != null) {
        uris.add(uri.toString());
        schemes.add(uri.getScheme());
        if (!NO_DATABASE.contains(uri.getRawPath())) {
          item.fault("expected no database: a cluster has only one");
        }
      }
    }
    if (value.items().isEmpty()) {
      value.fault("expected at least one node of the cluster");
    }
    if (schemes.size() > 1) {
      value.fault("expected redis:// for all nodes of the cluster, or rediss:// for all");
    }
    return uris.isEmpty()
        ? new Redis.Embedded()
        : new Redis.Elsewhere(new RedisAddress.Cluster(uris));
  }

  /** {@code embedded}, or the JDBC URL of a PostgreSQL or of a SQLite file. */
  static Archive archive(Value value) {
    if (isWord(value, "embedded")) {
      return new Archive.Embedded();
    }
    if (startsWith(value, SQLITE) && value.text("").length() > SQLITE.length()) {
      return new Archive.SqliteFile(Path.of(value.text("").substring(SQLITE.length())));
    }
    if (!startsWith(value, "jdbc:postgresql://")) {
      // It is not repeated: it may have a password in it.
      value.fault(
          "expected embedded, jdbc:postgresql://host/database?user=… or jdbc:sqlite:/path/of.db");
      return new Archive.Embedded();
    }
    return new Archive.Elsewhere(value.text(""));
  }

  private static boolean isWord(Value value, String word) {
    return value.node() instanceof Node.Scalar scalar && scalar.value().equals(word);
  }

  private static boolean startsWith(Value value, String prefix) {
    return value.node() instanceof Node.Scalar scalar && scalar.value().startsWith(prefix);
  }
}
