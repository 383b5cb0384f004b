package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.AnthropicAnswers;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.GeminiAnswers;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The client gets the provider's bytes, wherever the network cuts them. */
@ExtendWith(LeakWatch.class)
class StreamedBytesTest {
  /** Tells the provider where to cut. */
  private static final String CUT = "x-cut";

  private static final int CONNECTIONS = 8;

  private static final String ASKS_NO_USAGE =
      """
      {"model":"llama-3.3-70b","stream":true,"max_tokens":20,"messages":[{"role":"user","content":"Grüße, 世界"}]}\
      """;

  private static final String ASKS_USAGE =
      ASKS_NO_USAGE.replace(
          "\"max_tokens\"", "\"stream_options\":{\"include_usage\":true},\"max_tokens\"");

  private final OpenAiAnswers openAi = new OpenAiAnswers(1).reporting(ServedUsage.of(12, 2));
  private final AtomicReference<@Nullable Answer> answer = new AtomicReference<>();
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
    provider.on("/chat/completions", request -> cut(fixed(openAi.chat(request)), request));

    long requests = sendAtEveryCut("/v1/chat/completions", ASKS_USAGE, false);

    assertThat(gateway.spentNanoUsd(key)).isEqualTo(requests * costNanoUsd(12, 2, 200, 600));
  }

  @Test
  void chat_usageNotAskedFor_lacksOnlyTheAddedUsageAtEveryCut() throws Exception {
    provider.on("/chat/completions", request -> cut(fixed(openAi.chat(request)), request));

    long requests = sendAtEveryCut("/v1/chat/completions", ASKS_NO_USAGE, true);

    assertThat(gateway.spentNanoUsd(key)).isEqualTo(requests * costNanoUsd(12, 2, 200, 600));
  }

  @Test
  void messages_streamed_arePassedByteForByteAtEveryCut() throws Exception {
    AnthropicAnswers anthropic = new AnthropicAnswers(1).reporting(ServedUsage.of(30, 2));
    provider.on("/messages", request -> cut(fixed(anthropic.messages(request)), request));
    String body =
        """
        {"model":"claude-sonnet","stream":true,"max_tokens":20,"messages":[{"role":"user","content":"Hello"}]}\
        """;

    long requests = sendAtEveryCut("/v1/messages", body, false);

    assertThat(gateway.spentNanoUsd(key)).isEqualTo(requests * costNanoUsd(30, 2, 3000, 15000));
  }

  @Test
  void contents_streamedAsAnArray_arePassedByteForByteAtEveryCut() throws Exception {
    GeminiAnswers gemini = new GeminiAnswers(1).reporting(ServedUsage.of(30, 4));
    provider.on(":streamGenerateContent", request -> cut(fixed(gemini.stream(request)), request));
    String body =
        """
        {"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"generationConfig":{"maxOutputTokens":20}}\
        """;

    long requests =
        sendAtEveryCut("/v1beta/models/gemini-flash:streamGenerateContent", body, false);

    assertThat(gateway.spentNanoUsd(key)).isEqualTo(requests * costNanoUsd(30, 4, 300, 2500));
  }

  /** The provider's answer, the same one for every request. */
  private Answer fixed(Answer made) {
    answer.compareAndSet(null, made);
    return sent();
  }

  private Answer sent() {
    return Objects.requireNonNull(answer.get());
  }

  /** Each stretch is a chunk of its own, and so a piece of its own to whoever unchunks it. */
  private static Script cut(Answer whole, ReceivedRequest request) {
    int at = Integer.parseInt(Objects.requireNonNull(request.head().field(CUT)));
    return Script.of(whole).start().upTo(at).cutAt().end();
  }

  private long sendAtEveryCut(String path, String body, boolean dropsUsage) throws Exception {
    send(path, body, 0, 1, dropsUsage);
    int length = sent().length();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        int first = 1 + i;
        all.add(clients.submit(() -> send(path, body, first, length, dropsUsage)));
      }
      for (Future<?> one : all) {
        one.get(1, TimeUnit.MINUTES);
      }
    }
    gateway.awaitSettled(key);
    assertThat(provider.account().received()).isEqualTo(length);
    return length;
  }

  /** Every so many-th cut, from one on, over one connection. */
  private @Nullable Void send(
      String path, String body, int firstCut, int length, boolean dropsUsage) throws Exception {
    try (RawClient client = gateway.connect()) {
      for (int at = firstCut; at < length; at += CONNECTIONS) {
        RawAnswer got =
            client
                .post(path, body, "authorization", "Bearer " + key, CUT, Integer.toString(at))
                .readAnswer();
        String sent = sent().text();
        assertThat(got.status()).isEqualTo(200);
        assertThat(got.isWhole()).isTrue();
        assertThat(got.text())
            .as("cut at %d", at)
            .isEqualTo(dropsUsage ? withoutAddedUsage(sent) : sent);
      }
    }
    return null;
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
