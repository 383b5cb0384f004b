package dev.tollgate.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.testing.MessageBody;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.testing.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FakeProviderTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String STREAM =
      """
      {"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":40,
       "messages":[{"role":"user","content":"How much is the toll?"}]}\
      """;

  private final OpenAiAnswers openAi = new OpenAiAnswers(7);
  private FakeProvider provider;

  @BeforeEach
  void start() throws IOException {
    provider = FakeProvider.start(42);
  }

  @AfterEach
  void stop() throws IOException {
    provider.close();
    assertThat(provider.connectionsOpen()).isZero();
  }

  private RawAnswer ask(String json) throws IOException {
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      return client.post(CHAT, json).readAnswer();
    }
  }

  private Served onlyServed() throws Exception {
    return provider.account().await(1).getFirst();
  }

  @Test
  void stream_wholeAnswer_isAccountedByteForByte() throws Exception {
    RawAnswer answer = ask(STREAM);
    Served served = onlyServed();
    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.body()).isEqualTo(served.sentBody());
    assertThat(served.isWhole()).isTrue();
    assertThat(served.isStreamed()).isTrue();
    assertThat(served.isUsageWritten()).isTrue();
    assertThat(served.answerBytes()).isEqualTo(answer.body().length);
    assertThat(served.outputTokens())
        .isEqualTo(served.usage().output() - served.usage().reasoning());
    assertThat(answer.text())
        .contains("\"prompt_tokens\":" + served.usage().input())
        .contains("\"completion_tokens\":" + served.usage().output())
        .endsWith("data: [DONE]\n\n");
  }

  @Test
  void request_asReceived_isKept() throws Exception {
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.post(CHAT + "?x=1", STREAM, "Authorization", "Bearer k", "x-request-id", "req_1");
      client.readAnswer();
    }
    Served served = onlyServed();
    assertThat(served.endpoint()).isEqualTo("/chat/completions");
    assertThat(served.requestId()).isEqualTo("req_1");
    assertThat(served.model()).isEqualTo("m");
    assertThat(served.request().head().field("authorization")).isEqualTo("Bearer k");
    assertThat(served.request().body()).asString(StandardCharsets.UTF_8).isEqualTo(STREAM);
    assertThat(served.request().text()).endsWith(STREAM);
  }

  @Test
  void request_chunkedBody_isReadUnchunked() throws Exception {
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.request("POST", CHAT, "transfer-encoding", "chunked");
      client.send("b\r\n{\"model\":\"m\r\n2\r\n\"}\r\n0\r\n\r\n");
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
    assertThat(onlyServed().model()).isEqualTo("m");
  }

  @Test
  void connection_twoRequests_isKeptAlive() throws Exception {
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.post(CHAT, STREAM).readAnswer();
      client.post(CHAT, STREAM).readAnswer();
    }
    provider.account().await(2);
    assertThat(provider.connectionsMade()).isEqualTo(1);
    assertThat(provider.account().openMost()).isEqualTo(1);
  }

  @Test
  void cutEvery_oneByte_arrivesTheSame() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).cutEvery(1).start().rest().end());
    RawAnswer answer = ask(STREAM);
    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.body()).isEqualTo(onlyServed().sentBody());
  }

  @Test
  void cutAt_twoOffsets_makesThreeChunks() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).start().cutAt(10, 200).end());
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.post(CHAT, STREAM).readHead();
      byte[] body = client.body().rest();
      assertThat(client.body().chunkSizes()).startsWith(10, 190).hasSize(3);
      assertThat(body).isEqualTo(onlyServed().sentBody());
      assertThat(onlyServed().isWhole()).isTrue();
    }
  }

  @Test
  void reset_midStream_breaksTheAnswerAndCountsWhatWasWritten() throws Exception {
    CountDownLatch isRead = new CountDownLatch(1);
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).start().parts(3).await(isRead).reset());
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.post(CHAT, STREAM).readHead();
      assertThat(client.readBody(1)).hasSize(1);
      isRead.countDown();
      client.body().rest();
      assertThat(client.body().end()).isEqualTo(MessageBody.End.CUT_OFF);
    }
    Served served = onlyServed();
    assertThat(served.isWhole()).isFalse();
    assertThat(served.outputTokens()).isBetween(1L, served.usage().output() - 1);
    assertThat(served.isUsageWritten()).isFalse();
    assertThat(provider.account().whole()).isEqualTo(ServedUsage.NONE);
    assertThat(provider.account().sum(all -> true)).isEqualTo(served.usage());
  }

  @Test
  void close_midStream_cutsTheAnswerOff() throws Exception {
    provider.on(
        "/chat/completions", request -> Script.of(openAi.chat(request)).start().upTo(50).close());
    RawAnswer answer = ask(STREAM);
    assertThat(answer.end()).isEqualTo(MessageBody.End.CUT_OFF);
    assertThat(answer.body()).hasSize(50);
  }

  @Test
  void length_tooLong_cutsTheAnswerOff() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).startWithLengthOff(5).rest().end().close());
    assertThat(ask("{\"model\":\"m\"}").end()).isEqualTo(MessageBody.End.CUT_OFF);
    assertThat(onlyServed().isWhole()).isFalse();
  }

  @Test
  void length_tooShort_leavesBytesBehind() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).startWithLengthOff(-5).rest().end().close());
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      RawAnswer answer = client.post(CHAT, "{\"model\":\"m\"}").readAnswer();
      Served served = onlyServed();
      assertThat(answer.body()).hasSize(served.sentBody().length - 5);
      assertThat(served.isWhole()).isFalse();
    }
  }

  @Test
  void framings_both_areSent() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).startWithBothFramings().rest().end());
    RawAnswer answer = ask(STREAM);
    assertThat(answer.head().field("content-length")).isNotNull();
    assertThat(answer.head().field("transfer-encoding")).isEqualTo("chunked");
  }

  @Test
  void framing_none_endsWithTheConnection() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).startUntilClose().rest().end());
    RawAnswer answer = ask(STREAM);
    assertThat(answer.body()).isEqualTo(onlyServed().sentBody());
    assertThat(onlyServed().isWhole()).isTrue();
  }

  @Test
  void chunk_broken_isMalformed() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).start().upTo(20).brokenChunk());
    assertThat(ask(STREAM).end()).isEqualTo(MessageBody.End.MALFORMED);
  }

  @Test
  void garbage_insteadOfHttp_isSentAsItIs() throws Exception {
    provider.on("/chat/completions", request -> Script.raw("SSH-2.0-OpenSSH_9.9\r\n").close());
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.post(CHAT, STREAM);
      assertThatThrownBy(client::readHead).isInstanceOf(EOFException.class);
      assertThat(client.raw()).asString(StandardCharsets.UTF_8).startsWith("SSH-2.0");
    }
  }

  @Test
  void silence_clientHangsUp_ends() throws Exception {
    provider.on("/chat/completions", request -> Script.silence());
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.post(CHAT, STREAM).reset();
    }
    assertThat(onlyServed().sentBytes()).isZero();
  }

  @Test
  void head_answeredBeforeTheBody_servesTheNextRequestToo() throws Exception {
    provider.onHead("/chat/completions", head -> Answer.error(429, "{}").script());
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.request("POST", CHAT, "content-length", "4");
      assertThat(client.readAnswer().status()).isEqualTo(429);
      client.send("late").post(CHAT, "{}");
      assertThat(client.readAnswer().status()).isEqualTo(429);
    }
    assertThat(provider.account().await(2).getFirst().request().body())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("late");
  }

  @Test
  void interimAndTrailers_areSent() throws Exception {
    provider.on(
        "/chat/completions",
        request ->
            Script.of(openAi.chat(request))
                .interim(103, "link", "</x>")
                .start("x-extra", "1")
                .rest()
                .end("x-checksum", "abc"));
    RawAnswer answer = ask(STREAM);
    assertThat(answer.interims()).singleElement().extracting(head -> head.status()).isEqualTo(103);
    assertThat(answer.head().field("x-extra")).isEqualTo("1");
    assertThat(answer.trailers()).singleElement().extracting(t -> t.value()).isEqualTo("abc");
  }

  @Test
  void insert_errorEvent_isBodyButNoPartOfTheAnswer() throws Exception {
    String event = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).start().parts(2).insert(event).end());
    RawAnswer answer = ask(STREAM);
    assertThat(answer.text()).endsWith(event);
    Served served = onlyServed();
    assertThat(served.isWhole()).isFalse();
    assertThat(served.answerBytes()).isEqualTo(answer.body().length - event.length());
  }

  @Test
  void clientHangsUp_duringALongAnswer_isNoted() throws Exception {
    provider.on(
        "/chat/completions",
        request ->
            Script.of(openAi.chat(request))
                .startChunked()
                .repeat(new byte[1 << 16], 100_000)
                .end());
    try (RawClient client = RawClient.connect(provider.baseUrl(), 4096)) {
      client.post(CHAT, STREAM).readHead();
      client.readBody(1000);
      client.reset();
    }
    Served served = onlyServed();
    assertThat(served.failure()).isNotNull();
    assertThat(served.isWhole()).isFalse();
    assertThat(served.sentBytes()).isPositive().isLessThan(100_000L << 16);
  }

  @Test
  void once_isPlayedBeforeTheRest() throws Exception {
    provider.once("/chat/completions", request -> Answer.error(500, "{}").script());
    assertThat(ask(STREAM).status()).isEqualTo(500);
    assertThat(ask(STREAM).status()).isEqualTo(200);
  }

  @Test
  void path_unknown_is404() throws Exception {
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      assertThat(client.request("GET", "/v1/nothing").readAnswer().status()).isEqualTo(404);
    }
  }

  @Test
  void expectContinue_isToldToGoOn() throws Exception {
    try (RawClient client = RawClient.connect(provider.baseUrl())) {
      client.request("POST", CHAT, "content-length", "2", "expect", "100-continue");
      assertThat(client.readHead().status()).isEqualTo(100);
      assertThat(client.send("{}").readAnswer().status()).isEqualTo(200);
    }
  }

  @Test
  void tls_answersAndResets(@TempDir Path directory) throws Exception {
    TestCertificate certificate = TestCertificate.in(directory);
    assertThat(certificate.certificatePem()).content().startsWith("-----BEGIN CERTIFICATE");
    assertThat(certificate.privateKeyPem()).content().startsWith("-----BEGIN PRIVATE KEY");
    try (FakeProvider secure = FakeProvider.startTls(1, certificate);
        RawClient client = RawClient.connectTls(secure.baseUrl(), certificate.forClient())) {
      assertThat(client.post(CHAT, STREAM).readAnswer().isWhole()).isTrue();
      secure.on("/chat/completions", request -> Script.raw("").reset());
      client.post(CHAT, STREAM);
      assertThatThrownBy(client::readHead).isInstanceOf(IOException.class);
    }
  }

  @Test
  void httpClientOfTheJdk_getsTheAnswer() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
              .version(HttpClient.Version.HTTP_1_1)
              .POST(HttpRequest.BodyPublishers.ofString(STREAM))
              .build();
      HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      assertThat(answer.body()).isEqualTo(onlyServed().sentBody());
    }
  }

  @Test
  void account_manyAtOnce_addsUp() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    provider.on(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).start().upTo(10).await(go).rest().end());
    Thread[] clients = new Thread[20];
    Arrays.setAll(clients, i -> Thread.ofVirtual().start(() -> askQuietly(STREAM)));
    awaitOpen(clients.length);
    go.countDown();
    assertThat(provider.account().await(clients.length)).allMatch(Served::isWhole);
    assertThat(provider.account().openMost()).isEqualTo(clients.length);
    assertThat(provider.account().wholeByModel()).containsOnlyKeys("m");
    assertThat(provider.account().whole()).isEqualTo(provider.account().wholeByModel().get("m"));
    for (Thread client : clients) {
      client.join();
    }
  }

  private void askQuietly(String json) {
    try {
      ask(json);
    } catch (IOException broken) {
      throw new AssertionError(broken);
    }
  }

  private void awaitOpen(int requests) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (provider.account().openNow() < requests && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertThat(provider.account().openNow()).isEqualTo(requests);
  }

  @Test
  void rawClient_readsSlowlyAndPiecewise() throws Exception {
    try (RawClient client = RawClient.connect(provider.baseUrl(), 2048)) {
      client.post(CHAT, STREAM).readHead();
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      for (byte[] piece = client.readBody(7); piece.length > 0; piece = client.readBody(7)) {
        assertThat(piece.length).isLessThanOrEqualTo(7);
        body.writeBytes(piece);
      }
      assertThat(body.toByteArray()).isEqualTo(onlyServed().sentBody());
      assertThat(client.raw()).isEqualTo(onlyServed().sent());
      client.finish();
      assertThat(client.awaitClosed()).isTrue();
    }
  }
}
