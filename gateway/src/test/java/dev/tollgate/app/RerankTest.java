package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One request for all who rank documents, whatever they speak else and whatever they bill by. */
@ExtendWith(LeakWatch.class)
class RerankTest {
  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(17);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.with(
                "",
                """
                bge-reranker-v2-m3:
                  targets: [ { provider: openai-fake, model: bge-reranker-v2-m3 } ]
                  prices: { input: 0.02 }
                rerank-v3.5:
                  targets: [ { provider: cohere-fake, model: rerank-v3.5 }, { provider: openai-fake, model: cohere/rerank-v3.5 } ]
                  fees: { search_unit: 0.002 }
                chat-alone:
                  targets: [ { provider: openai-fake, model: chat-alone } ]
                  prices: { output: 1 }
                """));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static String body(String model, int documents) {
    String text = ",\"Carson City is the capital city of the American state of Nevada.\"";
    return """
    {"model":"%s","query":"What is the capital of Nevada?","top_n":3,"documents":[%s]}\
    """
        .formatted(model, text.repeat(documents).substring(1));
  }

  private RawAnswer ask(String path, String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.post(path, body, "authorization", "Bearer " + key).readAnswer();
    }
  }

  private void assertSpent(long nanoUsd) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(nanoUsd);
  }

  private static Answer json(String text) {
    return Answer.error(200, text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/rerank", "/v2/rerank"})
  void everyKindOfProvider_manyTimes_addsUpToTheNanoDollar(String path) throws Exception {
    List<String> models = List.of(TestCard.RERANK, TestCard.RERANK_UNITS);
    for (int documents : new int[] {1, 3, 100, 101, 250}) {
      for (String model : models) {
        assertThat(ask(path, body(model, documents)).status()).isEqualTo(200);
      }
    }
    provider.account().await(10);
    assertSpent(provider.account().costNanoUsd(TestCard.PRICES));
    assertThat(provider.account().all())
        .allMatch(Served::isWhole)
        .allMatch(served -> served.request().head().target().equals("/v1/rerank"))
        .allMatch(
            served ->
                ("Bearer " + GatewayFiles.PROVIDER_KEY)
                    .equals(served.request().head().field("authorization")));
  }

  /** 815 tokens at $0.02 per million: 16,300 nano-dollars. */
  @Test
  void bgeReranker_costsTheTokensOfTheQueryAndOfAllDocuments() throws Exception {
    provider.on(
        "/rerank", request -> json("{\"results\":[],\"usage\":{\"total_tokens\":815}}").script());

    RawAnswer answer = ask("/v1/rerank", body("bge-reranker-v2-m3", 8));

    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo(Money.usd(16_300));
    assertSpent(16_300);
    assertThat(gateway.lastSettlement(key))
        .containsEntry("endpoint", "/v1/rerank")
        .containsEntry("estimated", "");
  }

  @Test
  void searchUnits_areChargedAsTheProviderBillsThem() throws Exception {
    provider.on(
        "/rerank",
        request ->
            json("{\"results\":[],\"meta\":{\"billed_units\":{\"search_units\":2}}}").script());

    ask("/v1/rerank", body("rerank-v3.5", 5));

    assertSpent(4_000_000);
  }

  @Test
  void searchUnits_thatAreNotTold_areThoseOfTheRequest() throws Exception {
    provider.on("/rerank", request -> json("{\"results\":[]}").script());

    ask("/v1/rerank", body("rerank-v3.5", 101));

    assertSpent(4_000_000);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "missing_usage");
  }

  @Test
  void tokens_thatAreNotTold_areEstimatedWithinTheHold() throws Exception {
    provider.on("/rerank", request -> json("{\"results\":[]}").script());

    ask("/v1/rerank", body("bge-reranker-v2-m3", 10));

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isPositive();
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "missing_usage");
  }

  /** Cohere first, then one that speaks OpenAI's dialect and ranks all the same. */
  @Test
  void theSecondProvider_mayBeOfAnotherDialect() throws Exception {
    provider.once("/rerank", request -> Answer.error(503, "{\"message\":\"later\"}").script());
    provider.once(
        "/rerank",
        request ->
            json("{\"results\":[],\"usage\":{\"search_units\":1,\"total_tokens\":150}}").script());

    assertThat(ask("/v2/rerank", body("rerank-v3.5", 5)).status()).isEqualTo(200);

    assertSpent(2_000_000);
    assertThat(gateway.lastSettlement(key)).containsEntry("upstream_model", "cohere/rerank-v3.5");
    assertThat(provider.account().all().getLast().request().model())
        .isEqualTo("cohere/rerank-v3.5");
  }

  @Test
  void aModel_thatNobodyRanksBy_isNotFoundInTheFormOfThePath() throws Exception {
    assertThat(ask("/v1/rerank", body("chat-alone", 1)).text())
        .startsWith("{\"error\":{\"message\"")
        .contains("model_not_found");
    RawAnswer cohere = ask("/v2/rerank", body("gemini-flash", 1));
    assertThat(cohere.status()).isEqualTo(404);
    assertThat(cohere.text()).contains("\"message\":", "\"code\":\"model_not_found\"");
    assertThat(provider.account().received()).isZero();
  }
}
