package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.MessageHead.Field;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What requests and answers may look like, and that they pass and are counted all the same. */
@ExtendWith(LeakWatch.class)
class PassingThroughTest {
  private static final ServedUsage USAGE = ServedUsage.of(10, 20);
  private static final long COST_NANO_USD = 10 * 200 + 20 * 600;
  private static final OpenAiAnswers OPEN_AI = new OpenAiAnswers(31).reporting(USAGE);
  private static final int WHOLE_ANSWER_BYTES_MAX = 256 << 10;

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final String STREAMED = BODY.replace("{\"model\"", "{\"stream\":true,\"model\"");

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  private String key;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(31);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.with(
                "",
                """
                public/model:
                  targets: [ { provider: openai-fake, model: "internal/2026-01" } ]
                  prices: { input: 0.20, output: 0.60 }
                embedding-with-output:
                  targets: [ { provider: openai-fake, model: embedding-with-output } ]
                  prices: { input: 0.10, output: 5 }
                """));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void newKey() throws Exception {
    key = gateway.createKey("10");
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
  }

  private RawAnswer ask(String body) throws IOException {
    try (RawClient client = gateway.connect()) {
      return ask(client, body).readAnswer();
    }
  }

  private RawClient ask(RawClient client, String body) throws IOException {
    return client.post("/v1/chat/completions", body, "authorization", "Bearer " + key);
  }

  private void assertSpent(long nanoUsd) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(nanoUsd);
  }

  private static Answer json(byte[] body) {
    return new Answer(
        200,
        "application/json",
        false,
        "llama-3.3-70b",
        USAGE,
        List.of(new Answer.Part(body, 20, true)));
  }

  private static String chatOf(String content) {
    return """
    {"choices":[{"message":{"role":"assistant","content":"%s"}}],\
    "usage":{"prompt_tokens":10,"completion_tokens":20}}\
    """
        .formatted(content);
  }

  @Test
  void twoRequests_pipelined_areAnsweredInOrderAndBothCharged() throws Exception {
    provider.once(
        "/chat/completions",
        request -> Script.of(OPEN_AI.chat(request)).pauseMillis(50).start().rest().end());

    try (RawClient client = gateway.connect()) {
      ask(client, STREAMED);
      ask(client, BODY);
      RawAnswer one = client.readAnswer();
      RawAnswer two = client.readAnswer();

      assertThat(one.head().field("content-type")).startsWith("text/event-stream");
      assertThat(one.isWhole()).isTrue();
      assertThat(two.head().field("content-type")).isEqualTo("application/json");
      assertThat(two.head().field("x-request-id")).isNotEqualTo(one.head().field("x-request-id"));
    }
    assertSpent(2 * COST_NANO_USD);
  }

  @Test
  void aPlainAnswer_saysWhatItCost() throws Exception {
    RawAnswer answer = ask(BODY);

    assertThat(answer.head().all("x-tollgate-cost-usd")).containsExactly(Money.usd(COST_NANO_USD));
    assertSpent(COST_NANO_USD);
  }

  @Test
  void anAnswer_tooLargeToWait_passesWithoutItsCostInTheHead() throws Exception {
    String large = chatOf("x".repeat(WHOLE_ANSWER_BYTES_MAX));
    provider.on("/chat/completions", request -> json(large.getBytes(UTF_8)).script());

    RawAnswer answer = ask(BODY);

    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.text()).isEqualTo(large);
    assertThat(answer.head().field("x-tollgate-cost-usd")).isNull();
    assertThat(answer.head().field("content-length")).isEqualTo("" + large.length());
    assertSpent(COST_NANO_USD);
  }

  @Test
  void aPlainAnswer_inChunks_getsALengthAndKeepsItsBytes() throws Exception {
    String text = chatOf("Grüße");
    provider.on(
        "/chat/completions",
        request ->
            Script.of(json(text.getBytes(UTF_8))).startChunked().upTo(9).rest().end("x-sum", "1"));

    RawAnswer answer = ask(BODY);

    assertThat(answer.text()).isEqualTo(text);
    assertThat(answer.head().field("content-length")).isEqualTo("" + text.getBytes(UTF_8).length);
    assertThat(answer.head().field("transfer-encoding")).isNull();
    assertSpent(COST_NANO_USD);
  }

  @Test
  void trailers_ofAStream_areThoseOfTheProviderThatMayPass() throws Exception {
    provider.on(
        "/chat/completions",
        request ->
            Script.of(OPEN_AI.chat(request))
                .start("trailer", "x-sum")
                .rest()
                .end("x-sum", "abc", "set-cookie", "a=b"));

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.trailers()).containsExactly(new Field("x-sum", "abc"));
    assertSpent(COST_NANO_USD);
  }

  @Test
  void earlyHints_passBeforeTheAnswer() throws Exception {
    provider.on(
        "/chat/completions",
        request ->
            Script.of(OPEN_AI.chat(request))
                .interim(103, "link", "</a>; rel=preload", "set-cookie", "a=b")
                .start()
                .rest()
                .end());

    RawAnswer answer = ask(BODY);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.interims()).hasSize(1);
    MessageHead hints = answer.interims().getFirst();
    assertThat(hints.status()).isEqualTo(103);
    assertThat(hints.fields()).contains(new Field("link", "</a>; rel=preload"));
    assertThat(hints.field("set-cookie")).isNull();
    assertSpent(COST_NANO_USD);
  }

  @Test
  void aCompressedAnswer_passesAsItIsAndIsCounted() throws Exception {
    byte[] zipped = gzip(chatOf("Hello there"));
    provider.on(
        "/chat/completions",
        request -> Script.of(json(zipped)).start("content-encoding", "gzip").rest().end());

    RawAnswer answer = ask(BODY);

    assertThat(answer.body()).isEqualTo(zipped);
    assertThat(answer.head().field("content-encoding")).isEqualTo("gzip");
    assertSpent(COST_NANO_USD);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(zipped)) {
      zip.write(text.getBytes(UTF_8));
    }
    return zipped.toByteArray();
  }

  @Test
  void anAlias_isSplicedAndNothingElseIsChanged() throws Exception {
    String body =
        """
        { "messages" : [{"role":"user","content":"the model \\u00e9 \\"model\\":\\"public/model\\""}],
          "model":"\\u0070ublic/model",  "max_tokens" : 30 }
        """;
    int before = provider.account().received();

    assertThat(ask(body).status()).isEqualTo(200);

    byte[] received = provider.account().await(before + 1).get(before).request().body();
    assertThat(new String(received, UTF_8))
        .isEqualTo(body.replace("\"\\u0070ublic/model\"", "\"internal/2026-01\""));
    assertSpent(COST_NANO_USD);
    assertThat(gateway.lastSettlement(key))
        .containsEntry("model", "public/model")
        .containsEntry("upstream_model", "internal/2026-01");
  }

  /** What a client may send and a provider's request line or header may not hold. */
  @ParameterizedTest
  @CsvSource({
    "'?a=\u0001', x-odd, 1",
    "'?a=\u00e9', x-odd, 1",
    "'?a=%zz', x-odd, 1",
    "'?', x-odd, 1",
    "'', x-odd, 'a\u0001b'",
    "'', x-odd, 'a\u007fb'",
    "'', x-odd, '\u00e9'",
    "'', x-odd, ''",
    "'', connection, 'x-odd,, ,close'",
  })
  void anOddHead_isAnsweredSomehowAndLeavesNoHold(String query, String name, String value)
      throws Exception {
    try (RawClient client = gateway.connect()) {
      RawAnswer answer =
          client
              .post(
                  "/v1/chat/completions" + query,
                  BODY,
                  "authorization",
                  "Bearer " + key,
                  name,
                  value)
              .readAnswer();

      assertThat(answer.status()).isIn(200, 400, 502);
      assertSpent(answer.status() == 200 ? COST_NANO_USD : 0);
    }
  }

  @Test
  void anEmbedding_ofAModelWithAnOutputPrice_paysItsInputAlone() throws Exception {
    provider.on("/embeddings", request -> OPEN_AI.embeddings(request).script());
    try (RawClient client = gateway.connect()) {
      RawAnswer answer =
          client
              .post(
                  "/v1/embeddings",
                  "{\"model\":\"embedding-with-output\",\"input\":[\"Hello\",\"world\"]}",
                  "authorization",
                  "Bearer " + key)
              .readAnswer();

      assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo("0.000001");
    }
    assertSpent(10 * 100);
  }
}
