package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.PostgresForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Paying an invoice while Redis or the archive is away. */
@ExtendWith(LeakWatch.class)
class InvoiceAwayTest {
  private static final String LIMITS =
      InvoicedAccount.LIMITS.replace(" }", ", ledger_millis_max: 1s }")
          + "archive: { connect_millis_max: 500ms }\n";

  private static HttpResponse<String> pay(GatewayForTests gateway, InvoicedAccount account)
      throws Exception {
    return gateway.askOps(
        gateway.adminToken(), "POST", account.adminPath() + "/payments", "{\"amount_usd\":30}");
  }

  private static InvoicedAccount debtor(GatewayForTests gateway) throws Exception {
    return InvoicedAccount.in(
        gateway,
        "0",
        "{\"name\":\"Debtor\",\"credit_limit_usd\":100}",
        key -> gateway.credit(key, "-30", "adjustment", ""));
  }

  @Test
  void payment_whileTheLedgerIsAway_isBookedWhenItIsBack() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(73);
        GatewayForTests gateway =
            GatewayForTests.start(
                provider, GatewaySetup.USUAL.redis('"' + server.uri() + '"').limits(LIMITS))) {
      InvoicedAccount account = debtor(gateway);
      server.kill();
      gateway.await(() -> gateway.readiness().startsWith("503"));

      HttpResponse<String> noted = pay(gateway, account);

      assertThat(noted.statusCode()).isEqualTo(202);
      assertThat(AskedGateway.json(noted).path("status").asString()).isEqualTo("pending");
      // What is noted is not to be paid again.
      assertThat(pay(gateway, account).statusCode()).isEqualTo(400);
      server.restart();
      gateway.await(
          () -> gateway.ops(account.adminPath()).path("status").asString().equals("paid"));
      gateway.await(() -> gateway.readiness().startsWith("200"));
      assertThat(gateway.balanceNanoUsd(account.key())).isZero();
    }
  }

  @Test
  void everything_whileTheArchiveIsAway_isRefusedAndNothingBooked() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        PostgresForTests postgres = PostgresForTests.start();
        FakeProvider provider = FakeProvider.start(73);
        GatewayForTests gateway =
            GatewayForTests.start(
                provider,
                GatewaySetup.USUAL
                    .redis('"' + server.uri() + '"')
                    .archive(postgres.newDatabase())
                    .limits(LIMITS))) {
      InvoicedAccount account = debtor(gateway);
      postgres.kill();

      assertThat(pay(gateway, account).statusCode()).isEqualTo(503);
      for (String path : new String[] {"/admin/v1/invoices", account.path(), account.adminPath()}) {
        assertThat(gateway.askOps(gateway.adminToken(), "GET", path, null).statusCode())
            .isEqualTo(503);
      }
      for (String path : new String[] {"", ".pdf"}) {
        assertThat(
                gateway.ask(account.key(), "GET", account.publicPath() + path, null).statusCode())
            .isEqualTo(503);
      }
      assertThat(gateway.balanceNanoUsd(account.key())).isEqualTo(-30_000_000_000L);
      postgres.launch();
      gateway.await(() -> pay(gateway, account).statusCode() == 201);
      assertThat(gateway.balanceNanoUsd(account.key())).isZero();
    }
  }
}
