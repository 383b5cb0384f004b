package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiMediaAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.FormBody;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.testing.SoundFiles;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images and sound, large and broken, through a whole gateway. */
@ExtendWith(LeakWatch.class)
class MediaTest {
  private static final long IMAGE_NANO_USD = 40_000_001;
  private static final long CHARACTER_NANO_USD = 15_003;
  private static final long SECOND_NANO_USD = 100_007;
  private static final OpenAiMediaAnswers MEDIA = new OpenAiMediaAnswers(62);

  private static final String IMAGES = "/v1/images/generations";
  private static final String SPEECH = "/v1/audio/speech";
  private static final String TRANSCRIPTIONS = "/v1/audio/transcriptions";

  /** 400 characters: some 20 seconds of sound. */
  private static final String SPOKEN = "Five char ".repeat(40);

  /** Two and a half seconds. */
  private static final byte[] WAV = SoundFiles.wav(20_000, 8_000);

  private static final int LARGE_IMAGE_BYTES = 15 << 20;

  /**
   * Watermarks, a read's worth and the allocator's chunks around them; far less than the answer.
   */
  private static final long MEMORY_GROWTH_BYTES_MAX = 8L << 20;

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  private String key;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(62);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.with(
                "",
                """
                public/ears:
                  targets: [ { provider: openai-fake, model: "internal/ears-2026-01" } ]
                  fees: { second: 0.000100007 }
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
    for (String path : List.of("/images/generations", "/images/edits", "/images/variations")) {
      provider.on(path, request -> MEDIA.images(request).script());
    }
    provider.on("/audio/speech", request -> MEDIA.speech(request).script());
    provider.on("/audio/transcriptions", request -> MEDIA.transcription(request).script());
  }

  private RawAnswer ask(String path, String json) throws IOException {
    try (RawClient client = gateway.connect().waitingAtMost(120)) {
      return client.post(path, json, "authorization", "Bearer " + key).readAnswer();
    }
  }

  private RawAnswer ask(String path, FormBody form) throws IOException {
    return ask(path, form.contentType(), form.bytes());
  }

  private RawAnswer ask(String path, String contentType, byte[] body) throws IOException {
    try (RawClient client = gateway.connect().waitingAtMost(120)) {
      return client
          .request(
              "POST",
              path,
              "authorization",
              "Bearer " + key,
              "content-type",
              contentType,
              "content-length",
              "" + body.length)
          .send(body)
          .readAnswer();
    }
  }

  private static String images(String model, int images) {
    return "{\"model\":\"%s\",\"prompt\":\"A gate\",\"n\":%d}".formatted(model, images);
  }

  private static String speech(String model) {
    return "{\"model\":\"%s\",\"voice\":\"alloy\",\"input\":\"%s\"}".formatted(model, SPOKEN);
  }

  private static FormBody transcription(String model) {
    return FormBody.usual().file("file", "a.wav", "audio/wav", WAV).field("model", model);
  }

  private void assertSpent(long nanoUsd, String estimated) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(nanoUsd);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", estimated);
  }

  private static Served lastServed() throws Exception {
    return provider.account().await(provider.account().received()).getLast();
  }

  private static long costNanoUsd(Served served) {
    return Objects.requireNonNull(TestCard.PRICES.get(served.model())).costNanoUsd(served.usage());
  }

  // ---- large answers

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"stream\":true"})
  void anAnswerOf20MiB_passesAsItIsInLittleMemoryAndIsCounted(String streamed) throws Exception {
    OpenAiMediaAnswers large = MEDIA.withImagesOf(LARGE_IMAGE_BYTES);
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    provider.on(
        "/images/generations",
        request -> {
          Answer answer = large.images(request);
          sent.writeBytes(answer.body());
          return answer.script();
        });
    String body = images(TestCard.IMAGE, 1).replace("}", streamed + "}");
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    long most = 0;
    try (RawClient client = gateway.connect(64 << 10).waitingAtMost(120)) {
      client.post(IMAGES, body, "authorization", "Bearer " + key);
      assertThat(client.readHead().field("x-tollgate-cost-usd")).isNull();
      long before = usedDirectBytes();
      for (byte[] piece = client.readBody(256 << 10);
          piece.length > 0;
          piece = client.readBody(256 << 10)) {
        got.writeBytes(piece);
        if (got.size() < 4 << 20) {
          TimeUnit.MILLISECONDS.sleep(5);
        }
        most = Math.max(most, usedDirectBytes() - before);
      }
    }

    assertThat(got.size()).isGreaterThan(20 << 20);
    assertThat(got.toByteArray()).isEqualTo(sent.toByteArray());
    assertThat(most).isLessThan(MEMORY_GROWTH_BYTES_MAX);
    assertSpent(costNanoUsd(lastServed()), "");
  }

  private static long usedDirectBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  // ---- forms

  @Test
  void aModel_soldByAFeeAlone_isListed() throws Exception {
    try (RawClient client = gateway.connect()) {
      assertThat(
              client
                  .request("GET", "/v1/models", "authorization", "Bearer " + key)
                  .readAnswer()
                  .text())
          .contains("\"id\":\"public/ears\"");
    }
  }

  @Test
  void anAlias_inAForm_isSplicedAndNothingElseIsChanged() throws Exception {
    FormBody form =
        FormBody.usual()
            .file("file", "a.wav", "audio/wav", WAV)
            .field("model", "public/ears")
            .field("response_format", "verbose_json");
    byte[] body = form.bytes();

    RawAnswer answer = ask(TRANSCRIPTIONS, form.contentType(), body);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo("0.000300021");
    byte[] received = lastServed().request().body();
    assertThat(new String(received, ISO_8859_1))
        .isEqualTo(
            new String(body, ISO_8859_1)
                .replace("\r\npublic/ears\r\n", "\r\ninternal/ears-2026-01\r\n"));
    assertSpent(3 * SECOND_NANO_USD, "");
    assertThat(gateway.lastSettlement(key))
        .containsEntry("model", "public/ears")
        .containsEntry("upstream_model", "internal/ears-2026-01");
  }

  @Test
  void aForm_inTinyChunks_isReadAllTheSame() throws Exception {
    FormBody form = FormBody.usual().file("file", "a.wav", "audio/wav", SoundFiles.wav(900, 200));
    byte[] body = form.field("model", TestCard.WHISPER).bytes();
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    for (int from = 0; from < body.length; from += 7) {
      int length = Math.min(7, body.length - from);
      chunks.writeBytes((length + "\r\n").getBytes(UTF_8));
      chunks.write(body, from, length);
      chunks.writeBytes("\r\n".getBytes(UTF_8));
    }
    chunks.writeBytes("0\r\n\r\n".getBytes(UTF_8));
    try (RawClient client = gateway.connect()) {
      RawAnswer answer =
          client
              .request(
                  "POST",
                  TRANSCRIPTIONS,
                  "authorization",
                  "Bearer " + key,
                  "content-type",
                  form.contentType(),
                  "transfer-encoding",
                  "chunked")
              .send(chunks.toByteArray())
              .readAnswer();
      assertThat(answer.status()).isEqualTo(200);
    }
    assertThat(lastServed().request().body()).isEqualTo(body);
    assertSpent(5 * SECOND_NANO_USD, "");
  }

  @ParameterizedTest
  @CsvSource({"text", "srt"})
  void aTranscript_thatIsNothingButText_costsTheLengthOfItsFile(String format) throws Exception {
    RawAnswer answer =
        ask(TRANSCRIPTIONS, transcription(TestCard.WHISPER).field("response_format", format));

    assertThat(answer.head().field("content-type")).startsWith("text/plain");
    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo("0.000300021");
    assertSpent(3 * SECOND_NANO_USD, "missing_usage");
  }

  // ---- refusals

  @Test
  void requests_thatCannotBeServed_areRefusedInTheDialect() throws Exception {
    RawAnswer noBoundary = ask(TRANSCRIPTIONS, "multipart/form-data", new byte[0]);
    assertThat(noBoundary.status()).isEqualTo(400);
    assertThat(noBoundary.text())
        .startsWith("{\"error\":{\"message\":\"The content type does not name the boundary")
        .contains("\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_request\"");

    RawAnswer twice = ask(TRANSCRIPTIONS, transcription("a").field("model", "b"));
    assertThat(twice.status()).isEqualTo(400);
    assertThat(twice.text()).contains("given twice").contains("\"param\":\"model\"");

    RawAnswer unknown = ask(TRANSCRIPTIONS, transcription("nobody"));
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.text()).contains("\"code\":\"model_not_found\"");

    RawAnswer otherKind = ask(IMAGES, images(TestCard.WHISPER, 1));
    assertThat(otherKind.status()).isEqualTo(404);

    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void moreImages_thanTheBalancePays_areRefusedWithTheirPrice() throws Exception {
    key = gateway.createKey("0.1");

    RawAnswer refused = ask(IMAGES, images(TestCard.PICTURE, 3));
    assertThat(refused.status()).isEqualTo(402);
    assertThat(refused.text()).contains("estimated at $0.120000003 but you have $0.1");
    assertThat(ask(IMAGES, images(TestCard.PICTURE, 2)).status()).isEqualTo(200);
    assertSpent(2 * IMAGE_NANO_USD, "");
  }

  // ---- answers that go wrong

  @ParameterizedTest
  @CsvSource({"400", "500", "200"})
  void anError_isPassedOnAndFree(int status) throws Exception {
    String error = "{\"error\":{\"message\":\"no\",\"usage\":{\"input_tokens\":5}}}";
    for (String path : List.of("/images/generations", "/audio/speech", "/audio/transcriptions")) {
      provider.on(path, request -> Answer.error(status, error).script());
    }

    assertThat(ask(IMAGES, images(TestCard.PICTURE, 2)).text()).isEqualTo(error);
    assertThat(ask(SPEECH, speech(TestCard.SPEECH)).text()).isEqualTo(error);
    assertThat(ask(TRANSCRIPTIONS, transcription(TestCard.WHISPER)).text()).isEqualTo(error);
    assertSpent(0, "");
  }

  @Test
  void anEmptyListOfImages_isFree() throws Exception {
    provider.on(
        "/images/generations",
        request -> Answer.error(200, "{\"created\":1,\"data\":[]}").script());

    assertThat(ask(IMAGES, images(TestCard.PICTURE, 2)).head().field("x-tollgate-cost-usd"))
        .isEqualTo("0");
    assertSpent(0, "");
  }

  @Test
  void aListOfImages_thatBreaksOff_costsTheWholeOnes() throws Exception {
    String image = "{\"b64_json\":\"" + "iVBO".repeat(100_000) + "\"}";
    String list = "{\"created\":1,\"data\":[" + image + "," + image + "," + image + "]}";
    Answer answer =
        new Answer(
            200,
            "application/json",
            false,
            TestCard.PICTURE,
            ServedUsage.NONE,
            List.of(new Answer.Part(list.getBytes(UTF_8), 0, false)));
    provider.on(
        "/images/generations",
        request -> Script.of(answer).start().upTo(list.length() - 9).pauseMillis(100).close());

    assertThat(ask(IMAGES, images(TestCard.PICTURE, 3)).isWhole()).isFalse();
    assertSpent(2 * IMAGE_NANO_USD, "");
  }

  @Test
  void aStreamOfImages_thatBreaksBeforeTheImage_isFree() throws Exception {
    provider.on(
        "/images/generations",
        request -> Script.of(MEDIA.images(request)).start().parts(2).pauseMillis(50).reset());
    String body = images(TestCard.IMAGE, 1).replace("}", ",\"stream\":true}");

    assertThat(ask(IMAGES, body).isWhole()).isFalse();
    assertSpent(0, "");
  }

  static Stream<Function<ReceivedRequest, Script>> brokenSpeeches() {
    return Stream.of(
        request -> Script.of(MEDIA.speech(request)).start().upTo(20_000).pauseMillis(50).reset(),
        request -> Script.of(MEDIA.speech(request)).start().upTo(20_000).brokenChunk());
  }

  @ParameterizedTest
  @MethodSource("brokenSpeeches")
  void aSpeech_thatBreaksOff_costsWhatCanHaveBeenSpoken(Function<ReceivedRequest, Script> broken)
      throws Exception {
    provider.on("/audio/speech", broken::apply);

    RawAnswer answer = ask(SPEECH, speech(TestCard.SPEECH));

    assertThat(answer.isWhole()).isFalse();
    assertThat(answer.body().length).isPositive().isLessThanOrEqualTo(20_000);
    gateway.awaitSettled(key);
    // 20,000 bytes hold some 43 frames of 26 ms: no more than two seconds of 25 characters
    assertThat(gateway.spentNanoUsd(key)).isIn(25 * CHARACTER_NANO_USD, 50 * CHARACTER_NANO_USD);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
  }

  @Test
  void aSpeech_isPassedOnAsItComes() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    provider.on(
        "/audio/speech",
        request -> Script.of(MEDIA.speech(request)).start().upTo(4_000).await(heard).rest().end());

    try (RawClient client = gateway.connect()) {
      client.post(SPEECH, speech(TestCard.SPEECH), "authorization", "Bearer " + key);
      assertThat(client.readHead().field("content-type")).isEqualTo("audio/mpeg");
      ByteArrayOutputStream got = new ByteArrayOutputStream();
      while (got.size() < 4_000) {
        got.writeBytes(client.readBody(1_000));
      }
      heard.countDown();
      got.writeBytes(client.body().rest());

      assertThat(got.toByteArray()).isEqualTo(lastServed().sentBody());
    }
    assertSpent(SPOKEN.length() * CHARACTER_NANO_USD, "");
  }

  @Test
  void aSpeech_thatTheClientLeaves_isPaidInFull() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    provider.on(
        "/audio/speech",
        request -> Script.of(MEDIA.speech(request)).start().upTo(4_000).await(gone).rest().end());

    try (RawClient client = gateway.connect()) {
      client.post(SPEECH, speech(TestCard.SPEECH), "authorization", "Bearer " + key);
      client.readHead();
      assertThat(client.readBody(100)).isNotEmpty();
      client.reset();
    }
    gone.countDown();

    assertSpent(SPOKEN.length() * CHARACTER_NANO_USD, "");
  }

  @Test
  void aStreamOfImages_thatTheClientLeaves_isReadToItsEndAndPaid() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    provider.on(
        "/images/generations",
        request -> Script.of(MEDIA.images(request)).start().parts(1).await(gone).rest().end());

    try (RawClient client = gateway.connect()) {
      client.post(
          IMAGES,
          images(TestCard.IMAGE, 1).replace("}", ",\"stream\":true}"),
          "authorization",
          "Bearer " + key);
      client.readHead();
      assertThat(client.readBody(100)).isNotEmpty();
      client.reset();
    }
    gone.countDown();

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(costNanoUsd(lastServed())).isPositive();
  }
}
