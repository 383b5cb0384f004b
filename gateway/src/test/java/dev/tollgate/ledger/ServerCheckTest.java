package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.LedgerSettings.Allowance;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerCheckTest {
  private static final String GOOD =
      """
      # Server\r
      redis_version:7.0.15\r
      run_id:abc\r
      # Memory\r
      maxmemory_policy:noeviction\r
      # Persistence\r
      aof_enabled:1\r
      """;

  private static ServerCheck check(String info, Allowance... allowed) {
    return ServerCheck.of("r:1", info, "everysec", Set.of(allowed));
  }

  @Test
  void server_asItShouldBe_isTaken() {
    assertThat(check(GOOD).faults()).isEmpty();
    assertThat(check(GOOD).warnings()).isEmpty();
  }

  @Test
  void server_thatIsTooOld_isRefusedByItsOwnName() {
    assertThat(check(GOOD.replace("7.0.15", "6.0.9")).faults())
        .containsExactly("r:1: Redis 6.0.9 is too old: the ledger needs 6.2.0 or later");
    String valkey = "valkey_version:8.0.1\r\n";
    assertThat(check(valkey + GOOD).faults()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"allkeys-lru", "volatile-lru", "allkeys-random", "volatile-ttl"})
  void server_thatEvicts_isRefusedUnlessAllowed(String policy) {
    String info = GOOD.replace("noeviction", policy);
    assertThat(check(info).faults())
        .singleElement()
        .asString()
        .contains("r:1", policy, "put eviction into limits.ledger.allow");
    assertThat(check(info, Allowance.NO_PERSISTENCE).faults()).hasSize(1);
    assertThat(check(info, Allowance.EVICTION).faults()).isEmpty();
    assertThat(check(info, Allowance.EVICTION).warnings()).hasSize(1);
  }

  @Test
  void server_withoutAnAppendOnlyFile_isRefusedUnlessAllowed() {
    String info = GOOD.replace("aof_enabled:1", "aof_enabled:0");
    assertThat(check(info).faults())
        .singleElement()
        .asString()
        .contains("r:1", "appendonly", "put no_persistence into limits.ledger.allow");
    assertThat(check(info, Allowance.NO_PERSISTENCE).faults()).isEmpty();
    assertThat(check(info, Allowance.NO_PERSISTENCE).warnings()).hasSize(1);
  }

  @Test
  void server_thatNeverSyncs_isWarnedOf() {
    ServerCheck check = ServerCheck.of("r:1", GOOD, "no", Set.of());
    assertThat(check.faults()).isEmpty();
    assertThat(check.warnings()).singleElement().asString().contains("appendfsync is no");
  }

  @Test
  void server_thatHidesItsFields_isWarnedOfAndTaken() {
    ServerCheck check = ServerCheck.of("r:1", "# Server\r\n", "", Set.of());
    assertThat(check.faults()).isEmpty();
    assertThat(check.warnings())
        .hasSize(3)
        .allSatisfy(warning -> assertThat(warning).contains("does not tell"));
  }
}
