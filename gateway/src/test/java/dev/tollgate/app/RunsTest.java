package dev.tollgate.app;

import static dev.tollgate.app.RunClient.amount;
import static dev.tollgate.app.RunClient.data;
import static dev.tollgate.app.RunClient.iteration;
import static dev.tollgate.app.RunClient.run;
import static dev.tollgate.app.RunClient.session;
import static dev.tollgate.app.RunClient.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.runs.RunIds;
import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Runs of trusted backends, as the document on billing has them. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class RunsTest {
  /** $1 a million: 10,000 tokens are a cent. */
  private static final String RATES = "training: { toll-base: { per_mtok_epoch: 1 } }\n";

  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private static GatewayForTests second;

  /** Whose requests are nonsense. */
  private static RunClient patient;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(31);
    gateway = GatewayForTests.start(provider, GatewaySetup.USUAL.rates(RATES));
    second = gateway.another();
    patient = RunClient.withUsd(gateway, "10");
  }

  @AfterAll
  static void stop() throws Exception {
    second.close();
    gateway.close();
    provider.close();
  }

  private static JsonNode error(int status, HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return AskedGateway.json(answer).path("error");
  }

  private static void assertConflict(HttpResponse<String> answer) {
    assertThat(error(409, answer).path("code").asString("")).isEqualTo("conflict");
  }

  @Test
  void balance_withAHold_isAsInTheDocument() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "50");
    String spent = client.hold(amount(3_658)).path("id").asString("");
    data(200, client.settle(spent, amount(3_658)));

    client.holdRun(2_000_000);

    assertThat(client.balance()).containsExactly(1_342L, 200L, 1_142L, 5_000L);
  }

  @Test
  void refusal_forWantOfCredits_isAsInTheDocument() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "0.10");

    JsonNode refusal =
        Json.parse(client.post("/holds", run(420_000)).body().getBytes(StandardCharsets.UTF_8));

    assertThat(error(402, client.post("/holds", run(420_000))).propertyNames())
        .containsExactly("code", "message", "required_cents", "available_cents", "topup_url");
    assertThat(refusal.propertyNames()).containsExactly("error");
    JsonNode error = refusal.path("error");
    assertThat(error.path("code").asString("")).isEqualTo("insufficient_credits");
    assertThat(error.path("message").asString(""))
        .isEqualTo("This run is estimated at $0.42 but you have $0.10 available.");
    assertThat(error.path("required_cents").isInt()).isTrue();
    assertThat(error.path("required_cents").asInt()).isEqualTo(42);
    assertThat(error.path("available_cents").asInt()).isEqualTo(10);
    assertThat(error(402, client.post("/holds", session(420_000, 3))).path("message").asString(""))
        .isEqualTo("This auto-tune session is estimated at $1.26 but you have $0.10 available.");
    assertThat(error(402, client.post("/holds", amount(11))).path("message").asString(""))
        .isEqualTo("This purchase is estimated at $0.11 but you have $0.10 available.");
    assertThat(client.balance()).containsExactly(10L, 0L, 10L, 10L);
  }

  @Test
  void hold_saysWhatItIs_andSoDoesALookAtIt() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");

    JsonNode held =
        client.hold(
            """
            {"run":{"model":"toll-base","epochs":3,"training_chars":30001},"reference":"run-7",\
            "description":"A test","lease_seconds":120}
            """);

    assertThat(held.path("status").asString("")).isEqualTo("held");
    assertThat(held.path("kind").asString("")).isEqualTo("run");
    assertThat(held.path("training_tokens").asLong()).as("three characters each").isEqualTo(10_001);
    assertThat(held.path("amount_cents").asLong()).as("3.0003 cents").isEqualTo(4);
    assertThat(held.path("amount_usd").decimalValue()).isEqualByComparingTo("0.04");
    assertThat(held.path("reference").asString("")).isEqualTo("run-7");
    JsonNode seen = client.at(second).show(held.path("id").asString(""));
    assertThat(seen.path("expires_at").asString(""))
        .isGreaterThanOrEqualTo(held.path("expires_at").asString(""));
    assertThat(seen.path("created_at")).isEqualTo(held.path("created_at"));
  }

  @Test
  void run_isChargedAtTheCountOfItsProvider_onceForAll() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    String id = client.holdRun(1_000_000);

    JsonNode first = data(200, client.settle(id, tokens(395_001)));
    JsonNode again = data(200, client.at(second).settle(id, tokens(395_001)));

    assertThat(again).isEqualTo(first);
    assertThat(first.path("status").asString("")).isEqualTo("settled");
    assertThat(first.path("settlement").path("charged_cents").asLong()).isEqualTo(40);
    assertThat(first.path("settlement").path("balance_after_cents").asLong()).isEqualTo(960);
    assertConflict(client.settle(id, tokens(395_002)));
    assertConflict(client.settle(id, amount(40)));
    assertConflict(client.release(id));
    assertThat(client.balance()).containsExactly(960L, 0L, 960L, 1_000L);
    assertThat(client.entries()).containsExactly("topup 1000", "debit_run -40");
  }

  @Test
  void run_thatFailed_isFree_andStaysSo() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    String id = client.holdRun(1_000_000);

    JsonNode first = data(200, client.release(id));
    JsonNode again = data(200, client.at(second).release(id));

    assertThat(again).isEqualTo(first);
    assertThat(first.path("status").asString("")).isEqualTo("released");
    assertConflict(client.settle(id, tokens(1)));
    assertThat(client.show(id)).isEqualTo(first);
    assertThat(client.balance()).containsExactly(1_000L, 0L, 1_000L, 1_000L);
  }

  @Test
  void run_thatIsNotHeardOf_isGivenBack_andChargedInFullWhenItIs() throws Exception {
    GatewaySetup hasty =
        GatewaySetup.USUAL
            .rates(RATES)
            .requests("lease_millis: 1s, checkpoint_millis: 300ms")
            .limits("runs: { lease_millis: 1s }\nreaper: { reap_millis: 200ms }\n");
    try (GatewayForTests third = GatewayForTests.start(provider, hasty)) {
      RunClient client = RunClient.withUsd(gateway, "10").at(third);
      String settledLate = client.holdRun(400_000);
      String releasedLate = client.holdRun(600_000);
      assertThat(client.balance()).containsExactly(1_000L, 100L, 900L, 1_000L);

      third.await(() -> client.balance().equals(List.of(1_000L, 0L, 1_000L, 1_000L)));

      assertThat(client.show(settledLate).path("status").asString("")).isEqualTo("expired");
      JsonNode settled = data(200, client.settle(settledLate, tokens(400_000)));
      assertThat(settled.path("charged_cents").asLong()).isEqualTo(40);
      data(200, client.release(releasedLate));
      assertConflict(client.settle(releasedLate, tokens(600_000)));
      assertThat(client.balance()).containsExactly(960L, 0L, 960L, 1_000L);
    }
  }

  @Test
  void overage_isAnAdjustment_andMayTakeTheBalanceBelowZero() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "1");
    String id = client.holdRun(900_000);

    JsonNode settled = data(200, client.settle(id, tokens(1_500_000)));

    assertThat(settled.path("charged_cents").asLong()).isEqualTo(150);
    assertThat(settled.path("settlement").path("adjustment_cents").asLong()).isEqualTo(60);
    assertThat(client.balance()).containsExactly(-50L, 0L, -50L, 100L);
    assertThat(client.entries()).containsExactly("topup 100", "debit_run -90", "adjustment -60");
    JsonNode refusal = error(402, client.post("/holds", run(10_000)));
    assertThat(refusal.path("message").asString(""))
        .isEqualTo("This run is estimated at $0.01 but you have -$0.50 available.");
    gateway.credit(client.key(), "1", "topup", "t");
    client.holdRun(10_000);
  }

  @Test
  void session_settlesItsIterations_andGivesBackTheRestWhenItConverges() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    String id = client.hold(session(200_000, 5)).path("id").asString("");
    assertThat(client.balance()).containsExactly(1_000L, 100L, 900L, 1_000L);

    JsonNode first = data(200, client.settle(id, iteration(1, 150_000)));
    data(200, client.settle(id, iteration(2, 210_000)));

    assertThat(first.path("status").asString("")).isEqualTo("held");
    assertThat(first.path("settlement").path("iteration").asInt()).isEqualTo(1);
    assertThat(client.balance()).containsExactly(964L, 64L, 900L, 1_000L);
    assertThat(data(200, client.settle(id, iteration(1, 150_000))).path("settlement"))
        .isEqualTo(first.path("settlement"));
    assertConflict(client.settle(id, iteration(1, 150_001)));
    assertThat(error(400, client.settle(id, iteration(6, 1))).path("param").asString(""))
        .isEqualTo("iteration");
    assertThat(error(400, client.settle(id, tokens(1))).path("param").asString(""))
        .isEqualTo("iteration");

    JsonNode ended = data(200, client.settle(id, "{\"final\":true}"));

    assertThat(ended.path("status").asString("")).isEqualTo("settled");
    assertThat(ended.path("charged_cents").asLong()).isEqualTo(36);
    assertThat(client.balance()).containsExactly(964L, 0L, 964L, 1_000L);
    assertThat(data(200, client.settle(id, "{\"final\":true}"))).isEqualTo(ended);
    assertConflict(client.settle(id, iteration(3, 1)));
    assertConflict(client.release(id));
    data(200, client.settle(id, iteration(2, 210_000)));
    assertThat(client.entries())
        .containsExactly("topup 1000", "debit_autotune -15", "debit_autotune -21");
  }

  @Test
  void session_thatIsCancelled_paysWhatItHasTrained() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    String id = client.hold(session(200_000, 5)).path("id").asString("");
    data(200, client.settle(id, iteration(1, 250_000)));

    JsonNode released = data(200, client.release(id));

    assertThat(released.path("status").asString("")).isEqualTo("released");
    assertThat(released.path("charged_cents").asLong()).isEqualTo(25);
    assertThat(client.balance()).containsExactly(975L, 0L, 975L, 1_000L);
    assertConflict(client.settle(id, iteration(2, 1)));
  }

  @Test
  void session_whoseLastIterationIsSaidToBeTheLast_isOver() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    String id = client.hold(session(200_000, 2)).path("id").asString("");
    String last = iteration(1, 200_000).replace("}", ",\"final\":true}");

    JsonNode ended = data(200, client.settle(id, last));

    assertThat(ended.path("status").asString("")).isEqualTo("settled");
    assertThat(data(200, client.settle(id, last))).isEqualTo(ended);
    assertThat(client.balance()).containsExactly(980L, 0L, 980L, 1_000L);
  }

  @Test
  void multiplier_appliesToRuns_inWholeCents_andNotToAmounts() throws Exception {
    String key =
        gateway.createKey("10", RunClient.METER, "{\"name\":\"less\",\"price_multiplier\":0.85}");
    RunClient client = new RunClient(gateway, key);

    String id = client.holdRun(430_000);
    assertThat(client.show(id).path("amount_cents").asLong()).as("36.55").isEqualTo(37);
    client.hold(amount(43));
    assertThat(client.balance()).containsExactly(1_000L, 80L, 920L, 1_000L);
    data(200, client.settle(id, tokens(430_000)));
    assertThat(client.entries()).containsExactly("topup 1000", "debit_run -37");
  }

  @Test
  void hold_isItsOwnKeysAlone() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    String id = client.holdRun(1_000_000);
    String sibling =
        gateway
            .admin("POST", gateway.accountPath(client.key()) + "/keys", RunClient.METER)
            .path("key")
            .asString();
    for (RunClient other :
        List.of(new RunClient(gateway, sibling), RunClient.withUsd(gateway, "10"))) {
      for (HttpResponse<String> answer :
          List.of(
              other.settle(id, tokens(1)),
              other.settle(id, iteration(1, 1)),
              other.release(id),
              gateway.ask(other.key(), "GET", "/v1/billing/holds/" + id, null))) {
        assertThat(answer.body())
            .isEqualTo(other.release("hold_unknown").body())
            .contains("not_found");
        assertThat(answer.statusCode()).isEqualTo(404);
      }
    }
    String ordinary = gateway.createSibling(client.key());
    for (String path : List.of("", "/" + id + "/settle", "/" + id + "/release")) {
      HttpResponse<String> answer =
          gateway.ask(ordinary, "POST", "/v1/billing/holds" + path, tokens(1));
      assertThat(error(403, answer).path("code").asString("")).isEqualTo("key_not_allowed");
    }
    error(403, gateway.ask(ordinary, "GET", "/v1/billing/holds/" + id, null));
    assertThat(client.balance()).containsExactly(1_000L, 100L, 900L, 1_000L);
  }

  @Test
  void hold_withAnIdempotencyKey_isOne_whoeverIsAskedAndHoweverOften() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    List<RunClient> gateways = List.of(client, client.at(second));
    Set<String> ids = new TreeSet<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> asking = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        RunClient one = gateways.get(i % 2);
        asking.add(() -> one.hold(run(500_000), "idempotency-key", "same").path("id").asString(""));
      }
      for (Future<String> id : threads.invokeAll(asking)) {
        ids.add(id.get());
      }
    }
    assertThat(ids).hasSize(1);
    assertThat(client.balance()).containsExactly(1_000L, 50L, 950L, 1_000L);
    for (String other :
        List.of(run(500_001), amount(50), run(500_000).replace("}}", "},\"reference\":\"x\"}"))) {
      assertConflict(client.post("/holds", other, "idempotency-key", "same"));
    }
    data(200, client.settle(ids.iterator().next(), tokens(500_000)));
    assertThat(client.hold(run(500_000), "idempotency-key", "same").path("status").asString(""))
        .isEqualTo("settled");
    assertThat(client.balance()).containsExactly(950L, 0L, 950L, 1_000L);
  }

  @Test
  void hold_whoseFirstTryWasGivenUp_isHeldUnderItsNextId_onceForAll() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    KeyRef ref = gateway.keyRef(client.key());
    List<String> ids = RunIds.of(ref, "unlucky").ids();
    try (RedisForTests redis = RedisForTests.open()) {
      redis.release(new RequestId(ids.getFirst()), ref);
    }

    for (RunClient one : List.of(client, client.at(second))) {
      JsonNode held = one.hold(run(500_000), "idempotency-key", "unlucky");
      assertThat(held.path("id").asString("")).isEqualTo(ids.get(1));
    }
    assertConflict(client.post("/holds", run(400_000), "idempotency-key", "unlucky"));
    assertThat(client.balance()).containsExactly(1_000L, 50L, 950L, 1_000L);
  }

  @Test
  void hold_withOneIdempotencyKeyAndManyBodies_isOneOfThem() throws Exception {
    for (int round = 0; round < 5; round++) {
      RunClient client = RunClient.withUsd(gateway, "10");
      List<RunClient> gateways = List.of(client, client.at(second));
      int held = 0;
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Callable<HttpResponse<String>>> asking = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          RunClient one = gateways.get(i % 2);
          String body = amount(100 + i / 2 * 50);
          asking.add(() -> one.post("/holds", body, "idempotency-key", "same"));
        }
        for (Future<HttpResponse<String>> answer : threads.invokeAll(asking)) {
          held += answer.get().statusCode() == 201 ? 1 : 0;
          assertThat(answer.get().statusCode()).isIn(201, 409);
        }
      }
      assertThat(held).isBetween(1, 2);
      assertThat(client.balance().get(1)).isIn(100L, 150L, 200L, 250L);
    }
  }

  @Test
  void holdsAtOnce_neverExceedTheBalance() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "1");
    List<RunClient> gateways = List.of(client, client.at(second));
    int held = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<HttpResponse<String>>> asking = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        RunClient one = gateways.get(i % 2);
        asking.add(() -> one.post("/holds", run(70_000)));
      }
      for (Future<HttpResponse<String>> answer : threads.invokeAll(asking)) {
        held += answer.get().statusCode() == 201 ? 1 : 0;
      }
    }
    assertThat(held).as("of 7 cents each").isEqualTo(14);
    assertThat(client.balance()).containsExactly(100L, 98L, 2L, 100L);
  }

  @Test
  void settlesAndReleasesAtOnce_endARunOnce() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    List<RunClient> gateways = List.of(client, client.at(second));
    long charged = 0;
    for (int round = 0; round < 8; round++) {
      String id = client.holdRun(100_000);
      List<Callable<HttpResponse<String>>> ends = new ArrayList<>();
      for (RunClient one : gateways) {
        ends.add(() -> one.settle(id, tokens(100_000)));
        ends.add(() -> one.release(id));
        ends.add(() -> one.settle(id, tokens(50_000)));
      }
      Set<String> told = new TreeSet<>();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<HttpResponse<String>> answer : threads.invokeAll(ends)) {
          if (answer.get().statusCode() == 200) {
            told.add(answer.get().body());
          } else {
            assertConflict(answer.get());
          }
        }
      }
      assertThat(told).as("all who were told of an end were told the same").hasSize(1);
      charged += client.show(id).path("charged_cents").asLong();
    }
    assertThat(client.balance()).containsExactly(1_000 - charged, 0L, 1_000 - charged, 1_000L);
    try (RedisForTests redis = RedisForTests.open()) {
      BooksForTests.of(redis, gateway.accountId(client.key())).assertConsistent();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | 400 | run",
        "{'amount_cents':1,'run':{}} | 400 | run",
        "{'amount_cents':0} | 400 | amount_cents",
        "{'amount_cents':-5} | 400 | amount_cents",
        "{'amount_cents':1.5} | 400 | amount_cents",
        "{'amount_cents':'5'} | 400 | amount_cents",
        "{'amount_cents':900719926} | 400 | amount_cents",
        "{'amount_cents':1,'lease_seconds':59} | 400 | lease_seconds",
        "{'amount_cents':1,'lease_seconds':2678401} | 400 | lease_seconds",
        "{'amount_cents':1,'more':1} | 400 | more",
        "{'run':{'model':'toll-base','epochs':1}} | 400 | run.training_tokens",
        "{'run':{'epochs':1,'training_tokens':1}} | 400 | run.model",
        "{'run':{'model':'toll-base','training_tokens':1}} | 400 | run.epochs",
        "{'run':{'model':'toll-base','epochs':0,'training_tokens':1}} | 400 | run.epochs",
        "{'run':{'model':'toll-base','epochs':1001,'training_tokens':1}} | 400 | run.epochs",
        "{'run':{'model':'toll-base','epochs':1,'training_tokens':-1}} | 400 | run.training_tokens",
        "{'run':{'model':'toll-base','epochs':1,'training_tokens':1e30}} | 400 |"
            + " run.training_tokens",
        "{'run':{'model':'toll-base','epochs':1,'training_chars':0}} | 400 | run.training_chars",
        "{'run':{'model':'toll-base','epochs':1,'training_tokens':1,'training_chars':1}} | 400 |"
            + " run.training_tokens",
        "{'run':{'model':'toll-base','epochs':1,'training_tokens':1,'iterations':0}} | 400 |"
            + " run.iterations",
        "{'run':{'model':'toll-base','epochs':1000,'training_tokens':999999999999}} | 400 |"
            + " run.training_tokens",
        "{'run':{'model':'nobody','epochs':1,'training_tokens':1}} | 404 | ",
        "nonsense | 400 | "
      })
  void nonsense_isNotHeldFor(String body, int status, String param) throws Exception {
    RunClient client = patient;

    JsonNode error = error(status, client.post("/holds", body.replace('\'', '"')));

    assertThat(error.path("param").asString("")).isEqualTo(param == null ? "" : param);
    assertThat(error.path("code").asString(""))
        .isEqualTo(status == 404 ? "model_not_found" : "invalid_request");
    assertThat(client.balance().getFirst()).isEqualTo(1_000);
    assertThat(client.balance().get(1)).as("but for what another test holds").isIn(0L, 100L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | training_tokens",
        "{'final':true} | training_tokens",
        "{'training_tokens':-1} | training_tokens",
        "{'training_tokens':1.5} | training_tokens",
        "{'training_tokens':1000000000001} | training_tokens",
        "{'amount_cents':-1} | amount_cents",
        "{'amount_cents':1,'training_tokens':1} | amount_cents",
        "{'training_tokens':1,'iteration':1} | iteration",
        "{'training_tokens':1,'iteration':0} | iteration",
        "{'training_tokens':1,'final':1} | final",
        "{'tokens':1} | tokens"
      })
  void nonsense_doesNotSettle(String body, String param) throws Exception {
    String id = patient.hold(run(1_000_000), "idempotency-key", "kept").path("id").asString("");

    JsonNode error = error(400, patient.settle(id, body.replace('\'', '"')));

    assertThat(error.path("param").asString("")).isEqualTo(param);
    assertThat(patient.show(id).path("status").asString("")).isEqualTo("held");
  }

  @Test
  void amount_isNotSettledInTokens() throws Exception {
    RunClient client = RunClient.withUsd(gateway, "10");
    String id = client.hold(amount(100)).path("id").asString("");

    assertThat(error(400, client.settle(id, tokens(1))).path("param").asString(""))
        .isEqualTo("training_tokens");
    assertThat(data(200, client.settle(id, amount(0))).path("charged_cents").asLong()).isZero();
  }
}
