package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a provider streams reaches the client byte for byte, wherever its bytes are cut. */
class StreamBytesEndToEndTest {
  private static final String PATH = "/v1/chat/completions";
  private static final ServedUsage SMALL = ServedUsage.of(10, 6);

  private final OpenAiAnswers openAi = new OpenAiAnswers(3).reporting(SMALL);
  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(3);
    gateway = GatewayForTests.start(provider);
    key = gateway.createKey("100");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static String request(boolean withUsage) {
    String options = withUsage ? "\"stream_options\":{\"include_usage\":true}," : "";
    return "{\"model\":\"%s\",\"stream\":true,%s\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
        .formatted(TestCard.CHAT, options);
  }

  private RawAnswer ask(RawClient client, String json) throws IOException {
    return client.post(PATH, json, "authorization", "Bearer " + key).readAnswer();
  }

  @Test
  void stream_cutAtEveryOffset_arrivesByteForByte() throws Exception {
    AtomicInteger cut = new AtomicInteger(1);
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).start().cutAt(cut.get()).end());
    int length = Integer.MAX_VALUE;
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      for (int served = 1; cut.get() < length; served++, cut.incrementAndGet()) {
        RawAnswer answer = ask(client, request(true));
        byte[] sent = provider.account().await(served).getLast().sentBody();
        assertThat(answer.isWhole()).isTrue();
        assertThat(answer.body()).as("cut at %d", cut.get()).isEqualTo(sent);
        length = sent.length;
      }
    }
  }

  @Test
  void stream_oneByteAtATime_arrivesByteForByte() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).cutEvery(1).start().rest().end());
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      RawAnswer answer = ask(client, request(true));
      assertThat(answer.body()).isEqualTo(provider.account().await(1).getFirst().sentBody());
    }
  }

  @Test
  void stream_usageNotAskedFor_arrivesAsWithoutIt() throws Exception {
    // The same seed makes the same answer: once as the gateway asks for it, once as the client did.
    OpenAiAnswers other = new OpenAiAnswers(3).reporting(SMALL);
    try (FakeProvider direct = FakeProvider.start(3)) {
      direct.on("/chat/completions", request -> other.chat(request).script());
      provider.on("/chat/completions", request -> openAi.chat(request).script());
      try (RawClient client = RawClient.connect(gateway.publicUrl());
          RawClient unmetered = RawClient.connect(direct.baseUrl())) {
        RawAnswer through = ask(client, request(false));
        RawAnswer expected = unmetered.post(PATH, request(false)).readAnswer();
        assertThat(through.text()).isEqualTo(expected.text());
      }
    }
    assertThat(provider.account().await(1).getFirst().isUsageWritten()).isTrue();
  }

  @Test
  void provider_resetsMidStream_breaksTheClientsStreamToo() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).start().parts(3).pauseMillis(100).reset());
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      RawAnswer answer = ask(client, request(true));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.isWhole()).isFalse();
    }
  }

  @Test
  void provider_talksGarbage_isABadGateway() throws Exception {
    provider.on("/chat/completions", request -> Script.raw("SSH-2.0-x\r\n\r\n").close());
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      RawAnswer answer = ask(client, request(false));
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.text()).contains("upstream_error");
    }
  }

  @Test
  void provider_refuses_passesThroughAndCostsNothing() throws Exception {
    String body = "{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit\"}}";
    provider.on("/chat/completions", request -> Answer.error(429, body).script());
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      RawAnswer answer = ask(client, request(false));
      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.text()).isEqualTo(body);
      RawAnswer balance =
          client.request("GET", "/v1/usage", "authorization", "Bearer " + key).readAnswer();
      assertThat(balance.text()).containsPattern("\"balance\": ?100[,.}]");
    }
  }
}
