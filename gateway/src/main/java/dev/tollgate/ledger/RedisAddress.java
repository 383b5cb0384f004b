package dev.tollgate.ledger;

import java.util.List;

/** Where a Redis is. May carry passwords, which {@code toString} leaves out. */
public sealed interface RedisAddress {
  static RedisAddress of(String uri) {
    return new Server(uri);
  }

  /**
   * One primary.
   *
   * @param uri {@code redis://} or {@code rediss://} (with user, password and database as usual),
   *     {@code unix:} and the path of a socket, or {@code redis-sentinel://} or {@code
   *     rediss-sentinel://} with the sentinels and, behind {@code #}, the name of the primary
   */
  record Server(String uri) implements RedisAddress {
    @Override
    public String toString() {
      return redacted(uri);
    }
  }

  /**
   * A cluster.
   *
   * @param uris of some of its nodes, the first of which that answers names the others; {@code
   *     redis://} or {@code rediss://}
   */
  record Cluster(List<String> uris) implements RedisAddress {
    public Cluster {
      uris = List.copyOf(uris);
    }

    @Override
    public String toString() {
      return "the cluster of "
          + String.join(", ", uris.stream().map(RedisAddress::redacted).toList());
    }
  }

  /** Without what stands before the host: it may be a password. */
  private static String redacted(String uri) {
    return uri.replaceFirst("//.*@", "//***@");
  }
}
