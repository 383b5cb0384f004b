package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ResponsesAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.provider.TestPrice;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Responses that the provider stores: paid for once, when they are answered, or, in the background,
 * when somebody sees them done.
 */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class StoredResponsesTest {
  private static final ServedUsage USAGE = new ServedUsage(400, 100, 0, 0, 250, 90);
  private static final TestPrice PRICE = Objects.requireNonNull(TestCard.PRICES.get(TestCard.CHAT));

  private FakeProvider provider;
  private GatewayForTests gateway;
  private RedisForTests redis;
  private KeptClient client;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(23);
    gateway = GatewayForTests.start(provider);
    redis = RedisForTests.open();
    client = new KeptClient(gateway, gateway.createKey("10"));
  }

  @AfterEach
  void stop() throws Exception {
    redis.close();
    gateway.close();
    provider.close();
  }

  private static String body(String more) {
    return "{\"model\":\"%s\",\"max_output_tokens\":60,\"input\":\"What is the toll?\"%s}"
        .formatted(TestCard.CHAT, more);
  }

  private String create(String more) throws Exception {
    return client.post("/v1/responses", body(more)).path("id").asString("");
  }

  private int status(String method, String response) throws Exception {
    return client.call(method, "/v1/responses/" + response).status();
  }

  private void assertSpent(long nanoUsd) throws Exception {
    gateway.awaitSettled(client.key());
    gateway.await(() -> BooksForTests.of(redis, gateway.accountId(client.key())).opens() == 0);
    assertThat(gateway.spentNanoUsd(client.key())).isEqualTo(nanoUsd);
    BooksForTests.of(redis, gateway.accountId(client.key())).assertConsistent();
  }

  private long served() {
    return provider.account().costNanoUsd(TestCard.PRICES);
  }

  @Test
  void response_thatHasBeenAnswered_isNotPaidForAgain() throws Exception {
    String response = create("");
    long cost = served();
    assertThat(cost).isPositive();

    assertThat(status("GET", response)).isEqualTo(200);
    assertThat(status("GET", response)).isEqualTo(200);

    assertSpent(cost);
  }

  @Test
  void responseInTheBackground_isPaidForWhenItIsSeenDone() throws Exception {
    String response = create(",\"background\":true");
    assertThat(gateway.heldNanoUsd(client.key())).isPositive();
    assertThat(status("GET", response)).isEqualTo(200);
    assertThat(gateway.spentNanoUsd(client.key())).isZero();

    provider.responses().end(response, "completed", USAGE);
    assertThat(status("GET", response)).isEqualTo(200);
    assertThat(status("GET", response)).isEqualTo(200);

    assertSpent(PRICE.costNanoUsd(USAGE));
  }

  @Test
  void responseThatIsNotStored_isNobodysAfterwards() throws Exception {
    String response = create(",\"store\":false");

    assertThat(status("GET", response)).isEqualTo(404);
    assertSpent(served());
  }

  @Test
  void response_isBuiltOnByItsOwnerAlone() throws Exception {
    String response = create("");
    create(",\"previous_response_id\":\"" + response + "\"");
    KeptClient other = new KeptClient(gateway, gateway.createKey("10"));

    RawAnswer theirs =
        other.call("POST", "/v1/responses", body(",\"previous_response_id\":\"" + response + "\""));

    assertThat(theirs.status()).isEqualTo(400);
    assertThat(Json.parse(theirs.body()).path("error").path("param").asString(""))
        .isEqualTo("previous_response_id");
    assertThat(other.call("GET", "/v1/responses/" + response).status()).isEqualTo(404);
    assertSpent(served());
  }

  @Test
  void responseThatIsOwed_isNotBuiltOn() throws Exception {
    String response = create(",\"background\":true");

    RawAnswer next =
        client.call(
            "POST", "/v1/responses", body(",\"previous_response_id\":\"" + response + "\""));

    assertThat(next.status()).isEqualTo(400);
    assertThat(next.text()).contains("ask for it first");
  }

  @Test
  void conversations_areNotOffered() throws Exception {
    for (String conversation : new String[] {"\"conv_1\"", "{\"id\":\"conv_1\"}"}) {
      RawAnswer answer =
          client.call("POST", "/v1/responses", body(",\"conversation\":" + conversation));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(Json.parse(answer.body()).path("error").path("param").asString(""))
          .isEqualTo("conversation");
    }
    assertSpent(0);
  }

  @Test
  void streamedResponse_isKnownByItsId_andPaidForOnce() throws Exception {
    String response;
    try (RawClient raw = gateway.connect()) {
      raw.post(
          "/v1/responses", body(",\"stream\":true"), "authorization", "Bearer " + client.key());
      String text = raw.readAnswer().text();
      response = text.replaceFirst("(?s).*?\"id\":\"(resp_[^\"]+)\".*", "$1");
    }
    long cost = served();

    assertThat(status("GET", response)).isEqualTo(200);
    assertSpent(cost);
  }

  @Test
  void streamInTheBackground_thatItsClientLeft_isPaidForWhenItIsSeenDone() throws Exception {
    try (GatewayForTests cancelling =
        GatewayForTests.start(provider, GatewaySetup.USUAL.onDisconnect("cancel"))) {
      client = new KeptClient(cancelling, cancelling.createKey("10"));
      ResponsesAnswers answers = new ResponsesAnswers(5);
      provider.once(
          "/responses",
          request ->
              Script.of(provider.responses().keep(answers.responses(request)))
                  .start()
                  .parts(3)
                  .awaitPeerGone());
      String response;
      try (RawClient raw = cancelling.connect()) {
        raw.post(
            "/v1/responses",
            body(",\"background\":true,\"stream\":true"),
            "authorization",
            "Bearer " + client.key());
        raw.readHead();
        StringBuilder text = new StringBuilder();
        while (text.indexOf("\"resp_") < 0) {
          text.append(new String(raw.readBody(512), java.nio.charset.StandardCharsets.UTF_8));
        }
        response = text.toString().replaceFirst("(?s).*?\"id\":\"(resp_[^\"]+)\".*", "$1");
        raw.reset();
      }
      cancelling.await(() -> provider.account().openNow() == 0);
      assertThat(cancelling.spentNanoUsd(client.key())).isZero();
      assertThat(cancelling.heldNanoUsd(client.key())).isPositive();

      provider.responses().end(response, "completed", USAGE);
      assertThat(status("GET", response)).isEqualTo(200);
      assertThat(status("GET", response)).isEqualTo(200);

      cancelling.awaitSettled(client.key());
      assertThat(cancelling.spentNanoUsd(client.key())).isEqualTo(PRICE.costNanoUsd(USAGE));
    }
  }

  @Test
  void sdk_retrievesAndDeletesAResponseInTheBackground() throws Exception {
    OpenAIClient sdk =
        OpenAIOkHttpClient.builder()
            .baseUrl(gateway.publicUrl() + "/v1")
            .apiKey(client.key())
            .maxRetries(0)
            .build();
    Response made =
        sdk.responses()
            .create(
                ResponseCreateParams.builder()
                    .model(TestCard.CHAT)
                    .input("What is the toll?")
                    .maxOutputTokens(60)
                    .background(true)
                    .build());
    assertThat(made.status()).contains(ResponseStatus.QUEUED);
    assertThat(sdk.responses().retrieve(made.id()).status()).contains(ResponseStatus.QUEUED);

    provider.responses().end(made.id(), "completed", USAGE);
    Response done = sdk.responses().retrieve(made.id());
    assertThat(done.usage().orElseThrow().outputTokens()).isEqualTo(USAGE.output());
    sdk.responses().delete(made.id());
    assertThatThrownBy(() -> sdk.responses().retrieve(made.id()))
        .isInstanceOf(NotFoundException.class);

    assertSpent(PRICE.costNanoUsd(USAGE));
    sdk.close();
  }
}
