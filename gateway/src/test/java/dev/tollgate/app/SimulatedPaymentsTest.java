package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The page that stands in for a payment provider's, where a gateway is told to have one. */
@ExtendWith(LeakWatch.class)
class SimulatedPaymentsTest {
  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(83);
    gateway =
        GatewayForTests.start(
            provider, GatewaySetup.USUAL.simulatingPayments().rates(PayingGateway.PACKAGES));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  /** The path of a new page. */
  private static String open(String key, long cents) throws Exception {
    HttpResponse<String> answer =
        gateway.ask(key, "POST", "/v1/billing/topup", "{\"amount_cents\":" + cents + "}");
    String url = json(answer).path("data").path("checkout_url").asString();
    assertThat(url).startsWith(gateway.publicUrl() + "/simulated/checkout/cs_simulated_");
    return URI.create(url).getPath();
  }

  private static String act(String page, String act) throws Exception {
    HttpResponse<String> answer = gateway.ask("", "POST", page, "act=" + act);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static String balance(String key) throws Exception {
    return Money.usd(gateway.balanceNanoUsd(key));
  }

  private static JsonNode newest(String key) throws Exception {
    return gateway.get(key, "/v1/billing/payments").path("data").path(0);
  }

  @Test
  void page_isMarked_andSaysWhatItIsAbout() throws Exception {
    HttpResponse<String> page = gateway.ask("", "GET", open(gateway.createKey("0"), 5_000), null);

    assertThat(page.headers().firstValue("content-type").orElse(""))
        .isEqualTo("text/html; charset=utf-8");
    assertThat(page.body())
        .contains("SIMULATED: no money moves here.", "$50.00", "a bonus of $2.50", "Pay by card");
  }

  @Test
  void paying_creditsOnce_howeverOftenTheButtonIsPressed() throws Exception {
    String key = gateway.createKey("0");
    String page = open(key, 20_000);

    assertThat(act(page, "pay")).contains("Paid, and credited.").doesNotContain("<button");
    act(page, "pay");
    act(page, "bank");

    assertThat(balance(key)).isEqualTo("230");
    assertThat(newest(key).path("status").asString()).isEqualTo("paid");
  }

  @Test
  void payingByBank_isCreditedWhenTheBankPays_andNotWhenItDoesNot() throws Exception {
    String key = gateway.createKey("0");
    String good = open(key, 5_000);
    String bad = open(key, 5_000);

    assertThat(act(good, "bank")).contains("The bank pays", "The bank does not pay");
    act(bad, "bank");
    assertThat(balance(key)).isEqualTo("0");
    act(good, "settle");
    act(bad, "bounce");

    assertThat(balance(key)).isEqualTo("52.5");
    assertThat(act(bad, "settle")).contains("The payment failed.");
    assertThat(balance(key)).isEqualTo("52.5");
  }

  @Test
  void decliningAndCancelling_creditNothing_andLeaveThePageOpen() throws Exception {
    String key = gateway.createKey("0");
    String page = open(key, 1_000);

    assertThat(act(page, "decline")).contains("declined", "Pay by card");
    assertThat(act(page, "cancel")).contains("Cancelled");
    assertThat(balance(key)).isEqualTo("0");
    act(page, "pay");

    assertThat(balance(key)).isEqualTo("10");
  }

  @Test
  void whatWasPaid_canBeChargedAgain_andRefunded() throws Exception {
    String key = gateway.createKey("0");
    String first = "{\"amount\":5000}";
    assertThat(gateway.ask(key, "POST", "/v1/billing/funds", first).statusCode()).isEqualTo(202);
    act(open(key, 1_000), "pay");

    HttpResponse<String> charged = gateway.ask(key, "POST", "/v1/billing/funds", first);
    assertThat(charged.statusCode()).isEqualTo(200);
    assertThat(balance(key)).isEqualTo("62.5");
    String path = "/payments/" + json(charged).path("payment_id").asString() + "/refund";
    JsonNode refunded = gateway.admin("POST", gateway.accountPath(key) + path, "");

    assertThat(refunded.path("status").asString()).isEqualTo("succeeded");
    assertThat(refunded.path("bonus_usd").decimalValue()).isEqualTo("2.5");
    assertThat(balance(key)).isEqualTo("10");
  }

  @Test
  void nonsense_isRefused() throws Exception {
    String page = open(gateway.createKey("0"), 1_000);

    assertThat(gateway.ask("", "POST", page, "act=steal").statusCode()).isEqualTo(400);
    assertThat(gateway.ask("", "POST", page, "%zz").statusCode()).isEqualTo(400);
    assertThat(gateway.ask("", "GET", "/simulated/checkout/cs_simulated_none", null).statusCode())
        .isEqualTo(404);
    assertThat(gateway.ask("", "POST", "/webhooks/stripe", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void withoutPayments_nothingIsOffered() throws Exception {
    try (GatewayForTests without = gateway.changed(GatewaySetup.USUAL)) {
      String key = without.createKey("0");
      HttpResponse<String> topUp =
          without.ask(key, "POST", "/v1/billing/topup", "{\"amount_cents\":1000}");

      assertThat(topUp.statusCode()).isEqualTo(404);
      assertThat(json(topUp).path("error").path("message").asString()).contains("not offered");
      assertThat(without.ask("", "GET", open(gateway.createKey("0"), 1_000), null).statusCode())
          .isEqualTo(404);
    }
  }
}
