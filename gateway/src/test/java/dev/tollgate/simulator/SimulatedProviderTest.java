package dev.tollgate.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.RequestId;
import dev.tollgate.http.Handler;
import dev.tollgate.http.RequestSink;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.simulator.SimulatedProvider.Route;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SimulatedProviderTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long TOKEN_MILLIS = 25;
  private static final String HELLO =
      "\"messages\":[{\"role\":\"user\",\"content\":\"Hello there\"}]";
  private static final String CHAT = "/simulated/v1/chat/completions";
  private static final String MESSAGES = "/simulated/v1/messages";
  private static final String EMBEDDINGS = "/simulated/v1/embeddings";

  private final SimulatorSettings settings = new SimulatorSettings(40, 10_000, 4, 32, List.of("m"));
  private final Map<Route, Handler> handlers =
      SimulatedProvider.handlers(
          "/simulated", settings, InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000)));
  private final RecordedResponse response = new RecordedResponse();

  @AfterEach
  void close() {
    response.close();
  }

  private RequestSink begin(HttpMethod method, String path) {
    Handler handler = Objects.requireNonNull(handlers.get(new Route(method, path)));
    return handler.begin(
        new ServerRequest(new RequestId("req_1"), method, path, null, EmptyHttpHeaders.INSTANCE, 0),
        response);
  }

  private RequestSink post(String path, String json) {
    RequestSink sink = begin(HttpMethod.POST, path);
    ByteBuf body = Unpooled.copiedBuffer(json, StandardCharsets.UTF_8);
    int half = body.readableBytes() / 2;
    sink.onBody(body.readRetainedSlice(half));
    sink.onBody(body);
    sink.onBodyEnd();
    return sink;
  }

  private JsonNode whole(String path, String json) {
    post(path, json);
    response.advanceMillis(100 * TOKEN_MILLIS);
    assertThat(response.isEnded).isTrue();
    return JSON.readTree(response.text());
  }

  private List<JsonNode> events() {
    List<JsonNode> events = new ArrayList<>();
    for (String line : response.text().lines().toList()) {
      if (line.startsWith("data: {")) {
        events.add(JSON.readTree(line.substring(6)));
      }
    }
    return events;
  }

  private static String deltas(List<JsonNode> events, String pointer) {
    StringBuilder text = new StringBuilder();
    events.forEach(event -> text.append(event.at(pointer).asString("")));
    return text.toString();
  }

  @Test
  void chat_whole_takesItsTimeAndCountsItsTokens() {
    post(CHAT, "{\"model\":\"m\"," + HELLO + "}");
    response.advanceMillis(TOKEN_MILLIS);
    assertThat(response.isStarted()).isFalse();
    response.advanceMillis(100 * TOKEN_MILLIS);
    JsonNode answer = JSON.readTree(response.text());
    assertThat(response.status()).isEqualTo(200);
    assertThat(answer.at("/choices/0/message/content").asString())
        .contains("simulated")
        .contains("“Hello there”");
    assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(6);
    assertThat(answer.at("/usage/completion_tokens").asInt()).isBetween(20, 60);
    assertThat(answer.get("created").asLong()).isEqualTo(1_800_000_000);
  }

  @Test
  void chat_streamed_sendsOneTokenAtATime() {
    post(CHAT, "{\"model\":\"m\",\"stream\":true," + HELLO + "}");
    assertThat(events()).hasSize(1);
    response.advanceMillis(TOKEN_MILLIS);
    assertThat(events()).hasSize(2);
    response.advanceMillis(TOKEN_MILLIS);
    assertThat(events()).hasSize(3);
    assertThat(response.flushes).isEqualTo(3);
    finish();
    assertThat(response.text()).endsWith("data: [DONE]\n\n");
    assertThat(events()).noneMatch(event -> event.has("usage"));
    assertThat(deltas(events(), "/choices/0/delta/content")).contains("“Hello there”");
  }

  private void finish() {
    for (int i = 0; i < 100 && !response.isEnded; i++) {
      response.advanceMillis(TOKEN_MILLIS);
    }
    assertThat(response.isEnded).isTrue();
  }

  @Test
  void chat_streamedWithUsage_reportsTheTokensThatItSent() {
    String options = "\"stream\":true,\"stream_options\":{\"include_usage\":true},";
    post(CHAT, "{\"model\":\"m\"," + options + HELLO + "}");
    finish();
    List<JsonNode> events = events();
    long contents =
        events.stream()
            .filter(event -> !event.at("/choices/0/delta/content").asString("").isEmpty())
            .count();
    assertThat(events.getLast().get("choices")).isEmpty();
    assertThat(events.getLast().at("/usage/completion_tokens").asLong()).isEqualTo(contents);
    assertThat(events.subList(0, events.size() - 1)).allMatch(each -> each.get("usage").isNull());
  }

  @Test
  void chat_cap_isRespected() {
    JsonNode answer = whole(CHAT, "{\"model\":\"m\",\"max_completion_tokens\":3," + HELLO + "}");
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(3);
    assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("length");
  }

  @Test
  void chat_badRequests_areRefused() {
    assertThat(whole(CHAT, "nonsense").at("/error/param").asString()).isEqualTo("model");
    assertThat(response.status()).isEqualTo(400);
  }

  @Test
  void chat_severalAnswers_areRefused() {
    JsonNode answer = whole(CHAT, "{\"model\":\"m\",\"n\":2," + HELLO + "}");
    assertThat(answer.at("/error/param").asString()).isEqualTo("n");
  }

  @Test
  void chat_capOfZero_isRefused() {
    JsonNode answer = whole(CHAT, "{\"model\":\"m\",\"max_tokens\":0," + HELLO + "}");
    assertThat(answer.at("/error/param").asString()).isEqualTo("max_tokens");
  }

  @Test
  void stream_slowClient_isWaitedFor() {
    RequestSink sink = post(CHAT, "{\"model\":\"m\",\"stream\":true," + HELLO + "}");
    response.isWritable = false;
    response.advanceMillis(10 * TOKEN_MILLIS);
    assertThat(events()).hasSize(1);
    response.isWritable = true;
    sink.onWritable();
    assertThat(events()).hasSize(2);
    finish();
  }

  @Test
  void stream_clientGone_ends() {
    RequestSink sink = post(CHAT, "{\"model\":\"m\",\"stream\":true," + HELLO + "}");
    sink.onClientGone();
    response.advanceMillis(10 * TOKEN_MILLIS);
    assertThat(events()).hasSize(1);
    assertThat(response.isEnded).isFalse();
  }

  @Test
  void body_beyondItsBound_isRefusedOnce() {
    RequestSink sink = begin(HttpMethod.POST, CHAT);
    ByteBuf piece = Unpooled.wrappedBuffer(new byte[6_000]);
    ByteBuf more = Unpooled.wrappedBuffer(new byte[6_000]);
    ByteBuf late = Unpooled.wrappedBuffer(new byte[1]);
    sink.onBody(piece);
    sink.onBody(more);
    sink.onBody(late);
    sink.onBodyEnd();
    assertThat(response.status()).isEqualTo(413);
    assertThat(List.of(piece, more, late)).allMatch(each -> each.refCnt() == 0);
  }

  @Test
  void messages_whole_areAnthropics() {
    JsonNode answer =
        whole(
            MESSAGES, "{\"model\":\"c\",\"max_tokens\":500,\"system\":\"Be kind\"," + HELLO + "}");
    assertThat(answer.get("type").asString()).isEqualTo("message");
    assertThat(answer.at("/content/0/text").asString()).contains("“Hello there”");
    assertThat(answer.at("/usage/input_tokens").asInt()).isEqualTo(8);
    assertThat(answer.get("stop_reason").asString()).isEqualTo("end_turn");
  }

  @Test
  void messages_streamed_countWhatTheySend() {
    String parts =
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]}]";
    post(MESSAGES, "{\"model\":\"c\",\"max_tokens\":5,\"stream\":true," + parts + "}");
    finish();
    List<JsonNode> events = events();
    assertThat(events.stream().map(event -> event.get("type").asString()).distinct())
        .containsExactly(
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop");
    JsonNode last = events.get(events.size() - 2);
    assertThat(last.at("/usage/output_tokens").asInt()).isEqualTo(5);
    assertThat(last.at("/delta/stop_reason").asString()).isEqualTo("max_tokens");
    assertThat(response.text()).startsWith("event: message_start\ndata: {");
  }

  @Test
  void messages_withoutCap_areRefused() {
    JsonNode answer = whole(MESSAGES, "{\"model\":\"c\"," + HELLO + "}");
    assertThat(answer.at("/error/type").asString()).isEqualTo("invalid_request_error");
  }

  @Test
  void embeddings_base64_areTheSameNumbers() {
    String body = "{\"model\":\"e\",\"input\":[\"one\",\"two\"],\"dimensions\":4%s}";
    JsonNode numbers = whole(EMBEDDINGS, body.formatted("")).at("/data/1/embedding");
    RecordedResponse second = new RecordedResponse();
    Handler handler = handlers.get(new Route(HttpMethod.POST, EMBEDDINGS));
    RequestSink sink =
        Objects.requireNonNull(handler)
            .begin(
                new ServerRequest(
                    new RequestId("req_2"),
                    HttpMethod.POST,
                    EMBEDDINGS,
                    null,
                    EmptyHttpHeaders.INSTANCE,
                    0),
                second);
    String base64 = body.formatted(",\"encoding_format\":\"base64\"");
    sink.onBody(Unpooled.copiedBuffer(base64, StandardCharsets.UTF_8));
    sink.onBodyEnd();
    second.advanceMillis(TOKEN_MILLIS);
    String encoded = JSON.readTree(second.text()).at("/data/1/embedding").asString();
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(encoded)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(numbers).hasSize(4);
    for (JsonNode number : numbers) {
      assertThat(number.floatValue()).isEqualTo(bytes.getFloat());
    }
    second.close();
  }

  @Test
  void embeddings_beyondTheirBounds_areRefused() {
    JsonNode answer = whole(EMBEDDINGS, "{\"model\":\"e\",\"input\":\"x\",\"dimensions\":33}");
    assertThat(answer.at("/error/param").asString()).isEqualTo("dimensions");
  }

  @Test
  void models_areListed() {
    begin(HttpMethod.GET, "/simulated/v1/models").onBodyEnd();
    response.advanceMillis(1);
    assertThat(JSON.readTree(response.text()).at("/data/0/id").asString()).isEqualTo("m");
  }
}
