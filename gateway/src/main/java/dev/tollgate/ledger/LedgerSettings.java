package dev.tollgate.ledger;

import dev.tollgate.domain.Spelling;
import java.time.Duration;
import java.util.Set;

/**
 * Where the ledger lives and how long to wait for it.
 *
 * @param redis where it is. May carry a secret
 * @param trustCertificates a PEM file of the certificates to trust for {@code rediss://} instead of
 *     the JDK's; empty for those
 * @param shards over which accounts are spread; fixed when the ledger is first started
 * @param connectMillisMax for a connection, its TLS and its handshake
 * @param commandMillisMax for the answer to one command
 * @param commandsInFlightMax per connection; what exceeds it is refused
 * @param reconnectMillisMax the longest pause between two attempts to reconnect
 * @param tombstoneMillis how long an ended hold is remembered, so that a repeated settlement is
 *     known as one
 * @param allow what is put up with although the ledger could forget by it
 */
public record LedgerSettings(
    RedisAddress redis,
    String trustCertificates,
    int shards,
    int connectMillisMax,
    int commandMillisMax,
    int commandsInFlightMax,
    int reconnectMillisMax,
    long tombstoneMillis,
    Set<Allowance> allow) {

  public LedgerSettings {
    allow = Set.copyOf(allow);
  }

  /** What a Redis must not be like, unless it is named. */
  public enum Allowance {
    /** No append-only file. */
    NO_PERSISTENCE,
    /** A {@code maxmemory-policy} other than {@code noeviction}. */
    EVICTION;

    /** As the configuration has it. */
    public String key() {
      return Spelling.of(this);
    }
  }

  /** Settings with the defaults for everything but where. */
  public static LedgerSettings of(String uri) {
    return new LedgerSettings(
        RedisAddress.of(uri),
        "",
        64,
        5_000,
        2_000,
        16_384,
        1_000,
        Duration.ofHours(24).toMillis(),
        Set.of());
  }

  /** The same at another address. */
  public LedgerSettings at(RedisAddress other) {
    return new LedgerSettings(
        other,
        trustCertificates,
        shards,
        connectMillisMax,
        commandMillisMax,
        commandsInFlightMax,
        reconnectMillisMax,
        tombstoneMillis,
        allow);
  }

  /** Without passwords. */
  @Override
  public String toString() {
    return "ledger at " + redis + ", " + shards + " shards";
  }
}
