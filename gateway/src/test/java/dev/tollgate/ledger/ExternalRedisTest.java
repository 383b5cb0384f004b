package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.LedgerSettings.Allowance;
import dev.tollgate.testing.TestCertificate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Redis that is not ours: over TCP, with a password, a database, TLS, and settings of its own.
 */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(120)
class ExternalRedisTest {
  private static final String PASSWORD = "s3cret";

  @TempDir private Path directory;

  @Test
  void open_withThePassword_works() throws IOException {
    try (TcpRedis server = TcpRedis.startWithPassword(directory.resolve("redis"), PASSWORD)) {
      String host = server.address() + "/3";
      assertServes(RedisForTests.settings("redis://:s3cret@" + host));

      LedgerSettings wrong = RedisForTests.settings("redis://:wr0ng@" + host);
      assertThatThrownBy(() -> RedisForTests.open(wrong, 1))
          .isInstanceOf(LedgerUnavailableException.class)
          .hasStackTraceContaining("WRONGPASS")
          .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("wr0ng"));
    }
  }

  @Test
  void open_withTlsAndThePassword_works_andOnlyForATrustedCertificate() throws Exception {
    TestCertificate certificate = TestCertificate.in(directory);
    assumeTrue(hasTls(), "this redis-server has been built without TLS");
    String[] options = {
      "--tls-cert-file", certificate.certificatePem().toString(),
      "--tls-key-file", certificate.privateKeyPem().toString(),
      "--tls-ca-cert-file", certificate.certificatePem().toString(),
      "--tls-auth-clients", "no"
    };
    try (TcpRedis server =
        TcpRedis.startWithPassword(directory.resolve("redis"), PASSWORD, options)) {
      int tlsPort = TcpRedis.freePort();
      assertThat(server.ask("CONFIG SET tls-port " + tlsPort)).isEqualTo("OK");
      String uri = "rediss://:s3cret@localhost:" + tlsPort;
      assertServes(trusting(uri, certificate.certificatePem().toString()));

      assertThatThrownBy(() -> RedisForTests.open(trusting(uri, ""), 1))
          .isInstanceOf(LedgerUnavailableException.class)
          .hasStackTraceContaining("certification path");
    }
  }

  private boolean hasTls() throws IOException {
    try (TcpRedis server = TcpRedis.start(directory.resolve("probe"))) {
      return server.ask("CONFIG GET tls-port").contains("tls-port");
    }
  }

  private static LedgerSettings trusting(String uri, String certificates) {
    return new LedgerSettings(
        RedisAddress.of(uri), certificates, 64, 5_000, 5_000, 1_000, 100, 86_400_000, Set.of());
  }

  private static void assertServes(LedgerSettings settings) {
    try (RedisForTests ledger = RedisForTests.open(settings, 2)) {
      KeyRef key = ledger.keyWith(USD);
      assertThat(ledger.hold(ledger.nextRequest(), key, USD)).isInstanceOf(HoldOutcome.Held.class);
      assertThat(ledger.connections().isAvailable()).isTrue();
    }
  }

  @Test
  void open_ofAServerThatCouldForget_isRefusedUnlessAllowed() throws IOException {
    try (TcpRedis server =
        TcpRedis.start(
            directory.resolve("redis"),
            "--appendonly",
            "no",
            "--maxmemory-policy",
            "allkeys-lru")) {
      String uri = "redis://" + server.address();
      assertThatThrownBy(() -> RedisForTests.open(allowing(uri), 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll(server.address(), "maxmemory-policy is allkeys-lru")
          .hasMessageContainingAll("append-only file", "limits.ledger.allow");
      assertThatThrownBy(() -> RedisForTests.open(allowing(uri, Allowance.EVICTION), 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no_persistence")
          .hasMessageNotContaining("maxmemory");

      assertServes(allowing(uri, Allowance.values()));
    }
  }

  @Test
  void open_ofAClusterWithOneServerThatCouldForget_namesIt() throws IOException {
    try (RedisClusterForTests cluster = RedisClusterForTests.start()) {
      TcpRedis forgetful = cluster.node(1);
      forgetful.ask("CONFIG SET appendonly no");
      assertThatThrownBy(() -> RedisForTests.open(RedisForTests.settings(cluster.address()), 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(forgetful.address())
          .hasMessageNotContaining(cluster.node(0).address());
    }
  }

  private static LedgerSettings allowing(String uri, Allowance... allowances) {
    return new LedgerSettings(
        RedisAddress.of(uri),
        "",
        64,
        5_000,
        5_000,
        1_000,
        100,
        86_400_000,
        Set.copyOf(Stream.of(allowances).toList()));
  }
}
