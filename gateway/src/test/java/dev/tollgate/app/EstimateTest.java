package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** An estimate is what would be held, to the nano-dollar, and holds nothing. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class EstimateTest {
  private static final String RATES = "training: { toll-base: { per_mtok_epoch: 1 } }\n";

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(37);
    gateway = GatewayForTests.start(provider, GatewaySetup.USUAL.rates(RATES));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static HttpResponse<String> ask(String key, String body) throws IOException {
    return gateway.ask(key, "POST", "/v1/billing/estimate", body);
  }

  private static JsonNode estimate(String key, String body) throws IOException {
    return RunClient.data(200, ask(key, body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/chat/completions |"
            + " {'model':'llama-3.3-70b','messages':[{'role':'user','content':'H\\u00e9llo'}]}",
        "/v1/chat/completions | {'model':'llama-3.3-70b','max_tokens':17,'n':3,'messages':[]}",
        "/v1/responses | {'model':'llama-3.3-70b','input':'Hello there'}",
        "/v1/embeddings | {'model':'toll-embedding','input':['Hello','there']}",
        "/v1/completions | {'model':'llama-3.3-70b','prompt':'Hello','max_tokens':5}"
      })
  void request_isEstimatedAtWhatItsRefusalRequires(String path, String quoted) throws Exception {
    String body = quoted.replace('\'', '"');
    String poor = gateway.createKey("0", "{}", "{\"name\":\"poor\",\"price_multiplier\":1.37}");

    String endpoint = path.equals("/v1/embeddings") ? ",\"endpoint\":\"" + path + "\"" : "";
    JsonNode estimate = estimate(poor, "{\"request\": " + body + endpoint + " }");

    String refusal = gateway.ask(poor, "POST", path, body).body();
    assertThat(refusal)
        .contains(
            "estimated at $"
                + Money.usd(Money.ofUsd(estimate.path("estimated_usd").decimalValue()))
                + " but");
    assertThat(refusal)
        .contains("\"required_cents\":" + estimate.path("estimated_cents").asLong() + ",");
    assertThat(estimate.path("affordable").asBoolean()).isFalse();
    assertThat(estimate.path("available_cents").asLong()).isZero();
    assertThat(gateway.heldNanoUsd(poor)).isZero();
  }

  @Test
  void run_isEstimatedAtWhatIsThenHeld() throws Exception {
    String key =
        gateway.createKey("1", RunClient.METER, "{\"name\":\"a\",\"price_multiplier\":1.1}");
    RunClient client = new RunClient(gateway, key);
    for (String run :
        new String[] {
          RunClient.run(123_456),
          RunClient.session(50_001, 7),
          RunClient.run(900_000),
          RunClient.run(1_000_000)
        }) {
      JsonNode estimate = estimate(client.key(), run);
      HttpResponse<String> held = client.post("/holds", run);
      if (estimate.path("affordable").asBoolean()) {
        JsonNode hold = RunClient.data(201, held);
        assertThat(hold.path("amount_cents")).isEqualTo(estimate.path("estimated_cents"));
        assertThat(hold.path("amount_usd").decimalValue())
            .isEqualByComparingTo(estimate.path("estimated_usd").decimalValue());
        client.release(hold.path("id").asString(""));
      } else {
        JsonNode error = AskedGateway.json(held).path("error");
        assertThat(error.path("required_cents")).isEqualTo(estimate.path("estimated_cents"));
        assertThat(error.path("available_cents")).isEqualTo(estimate.path("available_cents"));
      }
    }
    assertThat(client.balance()).containsExactly(100L, 0L, 100L, 100L);
  }

  @Test
  void trainingJob_isEstimatedFromItsFile() throws Exception {
    KeptClient client = new KeptClient(gateway, gateway.createKey("1"));
    String file = client.upload("fine-tune", "x".repeat(3_001));
    String job =
        "{\"model\":\"toll-base\",\"training_file\":\"%s\",\"hyperparameters\":{\"n_epochs\":40}}"
            .formatted(file);

    JsonNode estimate = estimate(client.key(), "{\"request\":" + job + "}");
    client.post("/v1/fine_tuning/jobs", job);

    assertThat(estimate.path("estimated_cents").asLong()).as("40 * 1,001 tokens").isEqualTo(5);
    assertThat(gateway.heldNanoUsd(client.key())).isEqualTo(5 * Money.NANO_PER_CENT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | 400 | run",
        "{'run':{},'request':{}} | 400 | run",
        "{'request':[]} | 400 | request",
        "{'request':{}} | 400 | request",
        "{'request':{'messages':[]}} | 400 | request.model",
        "{'request':{'model':'llama-3.3-70b','messages':[],'max_tokens':-1}} | 400 |"
            + " request.max_tokens",
        "{'request':{'model':'nobody','messages':[]}} | 404 | ",
        "{'request':{'model':'llama-3.3-70b','messages':[]},'endpoint':'/v1/nothing'} | 400 |"
            + " endpoint",
        "{'run':{'model':'nobody','epochs':1,'training_tokens':1}} | 404 | ",
        "{'run':{'model':'toll-base','epochs':1,'training_tokens':0}} | 400 | run.training_tokens"
      })
  void nonsense_isNotEstimated(String body, int status, String param) throws Exception {
    HttpResponse<String> answer = ask(gateway.createKey("1"), body.replace('\'', '"'));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(AskedGateway.json(answer).path("error").path("param").asString(""))
        .isEqualTo(param == null ? "" : param);
  }

  @Test
  void model_thatTheKeyMayNotUse_isNotEstimated() throws Exception {
    String key = gateway.createKey("1", "{\"models\":[\"other-*\"]}");

    assertThat(ask(key, RunClient.run(1)).statusCode()).isEqualTo(403);
  }
}
