package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * The audit through the door: of a ledger of its own, since that of all tests is full of faults.
 */
@ExtendWith(LeakWatch.class)
class AuditApiTest {
  @Test
  void audit_saysWhatDiffers_inUsd() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(61);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.redis(server.uri()));
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1)) {
      gateway.createKey("10.000000001", "{\"quota_usd\":5}");

      JsonNode clean = json(get(gateway, "/admin/v1/audit", gateway.adminToken()));
      assertThat(clean.path("ok").asBoolean()).isTrue();
      assertThat(clean.path("accounts").asLong()).isEqualTo(1);
      assertThat(clean.path("entries").asLong()).isEqualTo(3);
      assertThat(clean.path("holds").asLong()).isZero();
      assertThat(clean.path("differences")).isEmpty();
      assertThat(clean.path("truncated").asBoolean()).isFalse();
      assertThat(clean.path("unproven").asLong()).isZero();
      assertThat(clean.path("unarchived").asLong()).isZero();
      assertThat(clean.path("duration_ms").isIntegralNumber()).isTrue();

      AccountId account = onlyAccount(gateway);
      redis.changeBalance(account, -1);
      RawAnswer differing = get(gateway, "/admin/v1/audit", gateway.adminToken());
      assertThat(differing.status()).isEqualTo(200);
      assertThat(json(differing).path("ok").asBoolean()).isFalse();
      assertThat(differing.text())
          .contains(
              """
              "differences":[{"account":"%s","what":"archived_balance","key":null,"request":null,\
              "budget":null,"event":null,"field":null,"unit":"usd","expected":10.000000001,\
              "actual":-0.000000001},{"account":"%s","what":"balance","key":null,"request":null,\
              "budget":null,"event":null,"field":null,"unit":"usd","expected":10.000000001,\
              "actual":-0.000000001}]\
              """
                  .formatted(account, account));
    }
  }

  @Test
  void progress_isTold_toOperatorsOnly() throws Exception {
    try (FakeProvider provider = FakeProvider.start(62);
        GatewayForTests gateway = GatewayForTests.start(provider)) {
      String path = "/admin/v1/audit/progress";

      assertThat(get(gateway, path, gateway.adminToken()).text())
          .isEqualTo("{\"running\":false,\"shards_done\":0,\"shards\":64}");
      assertThat(get(gateway, path, "wrong").status()).isEqualTo(401);
      assertThat(get(gateway, "/admin/v1/audit", "wrong").status()).isEqualTo(401);
    }
  }

  private static AccountId onlyAccount(GatewayForTests gateway) throws IOException {
    JsonNode accounts = json(get(gateway, "/admin/v1/accounts", gateway.adminToken()));
    assertThat(accounts.path("data")).hasSize(1);
    return new AccountId(accounts.path("data").path(0).path("id").asString());
  }

  private static RawAnswer get(GatewayForTests gateway, String path, String token)
      throws IOException {
    try (RawClient client = gateway.connectOps()) {
      return client
          .request("GET", path, "authorization", "Bearer " + token, "content-length", "0")
          .readAnswer();
    }
  }

  private static JsonNode json(RawAnswer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return Json.parse(answer.body());
  }
}
