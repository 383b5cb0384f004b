package dev.tollgate.ledger;

import java.time.Duration;

/**
 * Where the ledger lives and how long to wait for it.
 *
 * @param uri {@code redis://}, {@code rediss://} (with user, password and database as usual), or
 *     {@code unix:} and the path of a socket. May carry a secret
 * @param trustCertificates a PEM file of the certificates to trust for {@code rediss://} instead of
 *     the JDK's; empty for those
 * @param shards over which accounts are spread; fixed when the ledger is first started
 * @param connectMillisMax for a connection, its TLS and its handshake
 * @param commandMillisMax for the answer to one command
 * @param commandsInFlightMax per connection; what exceeds it is refused
 * @param reconnectMillisMax the longest pause between two attempts to reconnect
 * @param tombstoneMillis how long an ended hold is remembered, so that a repeated settlement is
 *     known as one
 */
public record LedgerSettings(
    String uri,
    String trustCertificates,
    int shards,
    int connectMillisMax,
    int commandMillisMax,
    int commandsInFlightMax,
    int reconnectMillisMax,
    long tombstoneMillis) {

  /** Settings with the defaults for everything but where. */
  public static LedgerSettings of(String uri) {
    return new LedgerSettings(
        uri, "", 64, 5_000, 2_000, 16_384, 1_000, Duration.ofHours(24).toMillis());
  }

  /** The same at another address. */
  public LedgerSettings at(String otherUri) {
    return new LedgerSettings(
        otherUri,
        trustCertificates,
        shards,
        connectMillisMax,
        commandMillisMax,
        commandsInFlightMax,
        reconnectMillisMax,
        tombstoneMillis);
  }

  /** Without what stands before the host: it may be a password. */
  @Override
  public String toString() {
    return "ledger at " + uri.replaceFirst("//.*@", "//***@") + ", " + shards + " shards";
  }
}
