package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of any API, sold by the call: paid when they are answered, free when they fail. */
@SuppressWarnings("NullAway.Init") // every test begins with start
@ExtendWith(LeakWatch.class)
class PlainRoutesTest {
  private static final long CALL_NANO_USD = 20_000_000;
  private static final String ROUTING = "/api/premium/routing";
  private static final String ROUTES =
      """
      routes:
        - { match: "GET /api/premium/**", provider: feed, fees: { request: 0.02 } }
        - { match: "POST /api/premium/**", provider: feed, fees: { request: 0.03 } }
        - { match: "GET /api/**", provider: feed, fees: { request: 0.001 } }
        - { match: "GET /api/premium/{id}/free", provider: feed, fees: { request: 0 } }
      """;

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(8);
    gateway =
        GatewayForTests.start(provider, GatewaySetup.USUAL.with(GatewaySetup.feedOf(provider), ""));
    key = gateway.createKey("1");
    gateway.editRates(rates -> rates + ROUTES);
    provider.on(ROUTING, request -> answered("{\"route\":\"fast\"}").script());
    gateway.await(() -> call("GET", ROUTING).status() == 200);
    key = gateway.createKey("1");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static Answer answered(String body) {
    return Answer.ofNothing(200, body);
  }

  private RawAnswer call(String method, String target) throws IOException {
    try (RawClient client = gateway.connect()) {
      client.request(method, target, "authorization", "Bearer " + key);
      return client.readAnswer();
    }
  }

  private long spent() throws Exception {
    gateway.awaitSettled(key);
    return gateway.spentNanoUsd(key);
  }

  private ReceivedRequest lastReceived() throws Exception {
    return provider.account().await(provider.account().received()).getLast().request();
  }

  @Test
  void aCall_isPassedOnAsItIsAndCostsItsFee() throws Exception {
    RawAnswer answer = call("GET", ROUTING + "?city=%C3%9C&n=2");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo("{\"route\":\"fast\"}");
    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo("0.02");
    assertThat(spent()).isEqualTo(CALL_NANO_USD);
    assertThat(lastReceived().head().startLine()).contains(ROUTING + "?city=%C3%9C&n=2");
    assertThat(lastReceived().head().field("authorization")).doesNotContain(key);
    assertThat(gateway.lastSettlement(key))
        .containsEntry("kind", "debit_request")
        .containsEntry("endpoint", ROUTING)
        .containsEntry("provider", "feed")
        .containsEntry("estimated", "");
  }

  @Test
  void aBody_isPassedOnUnread() throws Exception {
    provider.on("/api/premium/ask", request -> answered("{}").script());
    String body = "model=none&this is no JSON \u0000";
    try (RawClient client = gateway.connect()) {
      client.post("/api/premium/ask", body, "authorization", "Bearer " + key);
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    assertThat(new String(lastReceived().body(), StandardCharsets.UTF_8)).isEqualTo(body);
    assertThat(spent()).isEqualTo(30_000_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 400, 402, 404, 429, 500, 503})
  void aCallThatFails_isFree(int status) throws Exception {
    provider.on(ROUTING, request -> Answer.error(status, "{\"sorry\":true}").script());

    RawAnswer answer = call("GET", ROUTING);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).isEqualTo("{\"sorry\":true}");
    assertThat(spent()).isZero();
  }

  @Test
  void anAnswerThatBreaksOff_isFree() throws Exception {
    provider.on(
        ROUTING, request -> Script.of(answered("x".repeat(300_000))).start().upTo(290_000).reset());
    try (RawClient client = gateway.connect()) {
      client.request("GET", ROUTING, "authorization", "Bearer " + key);
      assertThat(client.readHead().status()).isIn(200, 502);
    }

    gateway.await(() -> provider.account().openNow() == 0);
    assertThat(spent()).isZero();
  }

  @Test
  void aClientThatHangsUp_paysForTheCallThatItMade() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    provider.on(
        ROUTING,
        request -> Script.of(answered("{}")).announce(asked).await(gone).start().rest().end());
    try (RawClient client = gateway.connect()) {
      client.request("GET", ROUTING, "authorization", "Bearer " + key);
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      client.reset();
    }
    gone.countDown();

    assertThat(spent()).isEqualTo(CALL_NANO_USD);
  }

  @Test
  void theMostSpecificRoute_counts() throws Exception {
    provider.on("/api/cheap", request -> answered("{}").script());
    provider.on("/api/premium/7/free", request -> answered("{}").script());

    assertThat(call("GET", "/api/cheap").head().field("x-tollgate-cost-usd")).isEqualTo("0.001");
    assertThat(call("GET", "/api/premium/7/free").head().field("x-tollgate-cost-usd"))
        .isEqualTo("0");
    assertThat(spent()).isEqualTo(1_000_000);
  }

  /** They would fit the cheap route, but mean the dear one to many servers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api//premium/routing",
        "/api/premium%2frouting",
        "/api/premium%5Crouting",
        "/api/./premium/routing"
      })
  void aDisguisedPath_isNotServed(String path) throws Exception {
    assertThat(call("GET", path).status()).isIn(400, 404);
    assertThat(spent()).isZero();
  }

  @Test
  void anEncodedLetter_isTheLetter() throws Exception {
    provider.on("/api/%70remium/routing", request -> answered("{}").script());

    assertThat(call("GET", "/api/%70remium/routing").head().field("x-tollgate-cost-usd"))
        .isEqualTo("0.02");
  }

  @Test
  void whatNoRouteNames_isNotServed() throws Exception {
    assertThat(call("DELETE", ROUTING).status()).isEqualTo(404);
    assertThat(call("GET", "/other").status()).isEqualTo(404);
    assertThat(call("GET", "/v1/chat/completions").status()).isEqualTo(405);
  }

  @Test
  void withoutMoney_theCallIsRefusedInTheShapeOfItsPath() throws Exception {
    key = gateway.createKey("0.019");

    RawAnswer answer = call("GET", ROUTING);

    assertThat(answer.status()).isEqualTo(402);
    assertThat(answer.text()).startsWith("{\"ok\":false,\"error\":\"insufficient_credits\"");
    assertThat(spent()).isZero();
  }

  @Test
  void aRemovedRoute_isNotServedAnyMore() throws Exception {
    gateway.editRates(rates -> rates.substring(0, rates.indexOf("routes:")));

    gateway.await(() -> call("GET", ROUTING).status() == 404);
  }
}
