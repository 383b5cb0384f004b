package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.AnthropicAnswers;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client gets the provider's bytes, wherever the network cuts them. */
class StreamedBytesTest {
  private static final String ASKS_NO_USAGE =
      """
      {"model":"llama-3.3-70b","stream":true,"max_tokens":20,"messages":[{"role":"user","content":"Grüße, 世界"}]}\
      """;

  private static final String ASKS_USAGE =
      ASKS_NO_USAGE.replace(
          "\"max_tokens\"", "\"stream_options\":{\"include_usage\":true},\"max_tokens\"");

  private final OpenAiAnswers openAi = new OpenAiAnswers(1).reporting(ServedUsage.of(12, 9));
  private final AtomicReference<@Nullable Answer> answer = new AtomicReference<>();
  private final AtomicInteger cut = new AtomicInteger();
  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(1);
    gateway = GatewayForTests.start(provider);
    key = gateway.createKey("100");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @Test
  void chat_usageAskedFor_isPassedByteForByteAtEveryCut() throws Exception {
    provider.on("/chat/completions", request -> cutOnce(fixed(openAi.chat(request))));

    long requests = sendAtEveryCut("/v1/chat/completions", ASKS_USAGE, false);

    assertThat(gateway.spentNanoUsd(key)).isEqualTo(requests * costNanoUsd(12, 9, 200, 600));
  }

  @Test
  void chat_usageNotAskedFor_lacksOnlyTheAddedUsageAtEveryCut() throws Exception {
    provider.on("/chat/completions", request -> cutOnce(fixed(openAi.chat(request))));

    long requests = sendAtEveryCut("/v1/chat/completions", ASKS_NO_USAGE, true);

    assertThat(gateway.spentNanoUsd(key)).isEqualTo(requests * costNanoUsd(12, 9, 200, 600));
  }

  @Test
  void messages_streamed_arePassedByteForByteAtEveryCut() throws Exception {
    AnthropicAnswers anthropic = new AnthropicAnswers(1).reporting(ServedUsage.of(30, 9));
    provider.on("/messages", request -> cutOnce(fixed(anthropic.messages(request))));
    String body =
        """
        {"model":"claude-sonnet","stream":true,"max_tokens":20,"messages":[{"role":"user","content":"Hello"}]}\
        """;

    long requests = sendAtEveryCut("/v1/messages", body, false);

    assertThat(gateway.spentNanoUsd(key)).isEqualTo(requests * costNanoUsd(30, 9, 3000, 15000));
  }

  /** The provider's answer, the same one for every request. */
  private Answer fixed(Answer made) {
    answer.compareAndSet(null, made);
    return sent();
  }

  private Answer sent() {
    return Objects.requireNonNull(answer.get());
  }

  private Script cutOnce(Answer whole) {
    int at = cut.get();
    Script script = Script.of(whole).start();
    return at == 0 ? script.rest().end() : script.cutAt(at).end();
  }

  private long sendAtEveryCut(String path, String body, boolean dropsUsage) throws Exception {
    long requests = 0;
    int length;
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      do {
        RawAnswer got = client.post(path, body, "authorization", "Bearer " + key).readAnswer();
        requests++;
        length = sent().length();
        String sent = sent().text();
        assertThat(got.status()).isEqualTo(200);
        assertThat(got.isWhole()).isTrue();
        assertThat(got.text())
            .as("cut at %d", cut.get())
            .isEqualTo(dropsUsage ? withoutAddedUsage(sent) : sent);
      } while (cut.incrementAndGet() < length);
    }
    gateway.awaitSettled(key);
    return requests;
  }

  private static String withoutAddedUsage(String sent) {
    StringBuilder expected = new StringBuilder();
    for (String event : Pattern.compile("(?<=\n\n)").splitAsStream(sent).toList()) {
      if (!event.contains("\"choices\":[]")) {
        expected.append(event.replace(",\"usage\":null", ""));
      }
    }
    assertThat(expected.toString()).doesNotContain("usage").isNotEqualTo(sent);
    return expected.toString();
  }

  /** In nano-USD, at prices of nano-USD per token. */
  private static long costNanoUsd(long input, long output, long inputPrice, long outputPrice) {
    return input * inputPrice + output * outputPrice;
  }
}
