package dev.tollgate.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.MessageHead;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AnswersTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";
  private static final ServedUsage USAGE = new ServedUsage(90, 10, 0, 0, 20, 5);

  private final OpenAiAnswers openAi = new OpenAiAnswers(1);
  private final CompletionsAnswers completions = new CompletionsAnswers(1);
  private final ResponsesAnswers responses = new ResponsesAnswers(1);
  private final ModerationsAnswers moderations = new ModerationsAnswers(1);
  private final AnthropicAnswers anthropic = new AnthropicAnswers(1);

  private static ReceivedRequest request(String json) {
    byte[] head = "POST /v1/x HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    return new ReceivedRequest(1, MessageHead.parse(head), head, body);
  }

  private static List<JsonNode> events(Answer answer) {
    List<JsonNode> events = new ArrayList<>();
    for (String line : answer.text().lines().toList()) {
      if (line.startsWith("data: {")) {
        events.add(JSON.readTree(line.substring(6)));
      }
    }
    return events;
  }

  @Test
  void chat_usageNotAsked_isInNoChunk() {
    Answer answer = openAi.chat(request("{\"model\":\"m\",\"stream\":true," + MESSAGES + "}"));
    assertThat(events(answer)).noneMatch(event -> event.has("usage"));
    assertThat(answer.text()).endsWith("data: [DONE]\n\n");
    assertThat(answer.carriesUsageWithin(answer.length())).isFalse();
  }

  @Test
  void chat_usageAsked_isNullUntilTheLastChunk() {
    String asked = "\"stream_options\":{\"include_usage\":true},";
    Answer answer =
        openAi
            .reporting(USAGE)
            .chat(request("{\"model\":\"m\",\"stream\":true," + asked + MESSAGES + "}"));
    List<JsonNode> events = events(answer);
    assertThat(events.subList(0, events.size() - 1))
        .allMatch(event -> event.get("usage").isNull())
        .allMatch(event -> event.get("choices").size() == 1);
    JsonNode last = events.getLast();
    assertThat(last.get("choices")).isEmpty();
    assertThat(last.at("/usage/prompt_tokens").asInt()).isEqualTo(100);
    assertThat(last.at("/usage/prompt_tokens_details/cached_tokens").asInt()).isEqualTo(10);
    assertThat(last.at("/usage/completion_tokens").asInt()).isEqualTo(20);
    assertThat(last.at("/usage/completion_tokens_details/reasoning_tokens").asInt()).isEqualTo(5);
    assertThat(answer.outputTokensWithin(answer.length())).isEqualTo(15);
    assertThat(answer.outputTokensWithin(answer.endOfPart(0))).isZero();
  }

  @Test
  void chat_severalChoices_shareTheOutput() {
    Answer answer =
        openAi.reporting(USAGE).chat(request("{\"model\":\"m\",\"n\":3," + MESSAGES + "}"));
    JsonNode json = JSON.readTree(answer.body());
    assertThat(json.get("choices")).hasSize(3);
    assertThat(json.at("/usage/total_tokens").asInt()).isEqualTo(120);
  }

  @Test
  void chat_capOfOne_isKept() {
    Answer answer = openAi.chat(request("{\"model\":\"m\",\"max_tokens\":1," + MESSAGES + "}"));
    assertThat(answer.usage().output()).isEqualTo(1);
    assertThat(JSON.readTree(answer.body()).at("/choices/0/finish_reason").asString())
        .isEqualTo("length");
  }

  @Test
  void chat_withAFunction_callsIt() {
    String tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"open\"}}],";
    Answer whole = openAi.chat(request("{\"model\":\"m\"," + tools + MESSAGES + "}"));
    Answer stream =
        openAi.chat(request("{\"model\":\"m\",\"stream\":true," + tools + MESSAGES + "}"));

    JsonNode call = JSON.readTree(whole.body()).at("/choices/0/message/tool_calls/0/function");
    assertThat(call.path("name").asString()).isEqualTo("open");
    StringBuilder arguments = new StringBuilder();
    for (JsonNode event : events(stream)) {
      arguments.append(event.at("/choices/0/delta/tool_calls/0/function/arguments").asString(""));
    }
    assertThat(JSON.readTree(arguments.toString()).has("gate")).isTrue();
    assertThat(stream.outputTokensWithin(stream.length()))
        .isEqualTo(stream.usage().output() - stream.usage().reasoning());
  }

  @Test
  void completions_severalPrompts_areAllAnswered() {
    String body = "{\"model\":\"m\",\"prompt\":[\"a\",\"b\"],\"n\":2,\"max_tokens\":9}";
    Answer whole = completions.reporting(USAGE).completions(request(body));
    Answer stream =
        completions
            .reporting(USAGE)
            .completions(
                request(
                    body.replace(
                        "{\"model\"",
                        "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\"")));

    assertThat(JSON.readTree(whole.body()).get("choices")).hasSize(4);
    assertThat(stream.outputTokensWithin(stream.length())).isEqualTo(20);
    JsonNode last = events(stream).getLast();
    assertThat(last.get("choices")).isEmpty();
    assertThat(last.at("/usage/prompt_tokens").asInt()).isEqualTo(100);
  }

  @Test
  void responses_streamed_haveTheirEventsInOrderAndUsageInTheLast() {
    Answer answer =
        responses
            .reporting(USAGE.with("web_search", 2))
            .responses(
                request(
                    "{\"model\":\"m\",\"stream\":true,\"input\":\"Hi\",\"tools\":[{\"type\":\"web_search\"}]}"));
    List<JsonNode> events = events(answer);

    assertThat(events.getFirst().get("type").asString()).isEqualTo("response.created");
    assertThat(events.getFirst().at("/response/usage").isNull()).isTrue();
    JsonNode last = events.getLast();
    assertThat(last.get("type").asString()).isEqualTo("response.completed");
    assertThat(last.at("/response/usage/input_tokens").asInt()).isEqualTo(100);
    assertThat(last.at("/response/usage/output_tokens_details/reasoning_tokens").asInt())
        .isEqualTo(5);
    assertThat(last.at("/response/output").valueStream().map(it -> it.get("type").asString()))
        .containsExactly("reasoning", "web_search_call", "web_search_call", "message");
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).get("sequence_number").asInt()).isEqualTo(i);
    }
    assertThat(answer.outputTokensWithin(answer.length())).isEqualTo(15);
  }

  @Test
  void responses_inTheBackground_arePromisedAndWorthNothingYet() {
    Answer answer =
        responses.responses(request("{\"model\":\"m\",\"background\":true,\"input\":\"Hi\"}"));

    assertThat(JSON.readTree(answer.body()).get("status").asString()).isEqualTo("queued");
    assertThat(answer.usage()).isEqualTo(ServedUsage.NONE);
  }

  @Test
  void moderations_reportNoUsageAndAreWorthARequest() {
    Answer answer = moderations.moderations(request("{\"model\":\"m\",\"input\":[\"a\",\"b\"]}"));

    assertThat(JSON.readTree(answer.body()).get("results")).hasSize(2);
    assertThat(JSON.readTree(answer.body()).has("usage")).isFalse();
    assertThat(answer.usage().count("request")).isEqualTo(1);
  }

  @Test
  void draws_sameSeed_areTheSame() {
    ReceivedRequest request = request("{\"model\":\"m\"," + MESSAGES + "}");
    Answer first = new OpenAiAnswers(5).chat(request);
    assertThat(new OpenAiAnswers(5).chat(request).body()).isEqualTo(first.body());
    assertThat(new OpenAiAnswers(6).chat(request).body()).isNotEqualTo(first.body());
  }

  @Test
  void embeddings_base64_areTheSameNumbers() {
    Answer floats = new OpenAiAnswers(3).embeddings(request("{\"model\":\"e\",\"input\":\"hi\"}"));
    Answer base64 =
        new OpenAiAnswers(3)
            .embeddings(
                request("{\"model\":\"e\",\"input\":\"hi\",\"encoding_format\":\"base64\"}"));
    JsonNode numbers = JSON.readTree(floats.body()).at("/data/0/embedding");
    String encoded = JSON.readTree(base64.body()).at("/data/0/embedding").asString();
    ByteBuffer decoded =
        ByteBuffer.wrap(Base64.getDecoder().decode(encoded)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(decoded.remaining()).isEqualTo(4 * numbers.size());
    for (JsonNode number : numbers) {
      assertThat(number.floatValue()).isEqualTo(decoded.getFloat());
    }
  }

  @Test
  void embeddings_severalInputs_areAllAnswered() {
    Answer texts =
        openAi.embeddings(
            request("{\"model\":\"e\",\"input\":[\"one\",\"two\"],\"dimensions\":4}"));
    Answer tokens = openAi.embeddings(request("{\"model\":\"e\",\"input\":[1,2,3]}"));
    assertThat(JSON.readTree(texts.body()).get("data")).hasSize(2);
    assertThat(JSON.readTree(texts.body()).at("/data/1/embedding")).hasSize(4);
    assertThat(JSON.readTree(tokens.body()).get("data")).hasSize(1);
    assertThat(tokens.usage()).isEqualTo(ServedUsage.of(3, 0));
  }

  @Test
  void messages_streamed_haveTheirEventsInOrder() {
    ServedUsage usage = new ServedUsage(5, 6, 7, 8, 9, 0);
    Answer answer =
        anthropic
            .reporting(usage)
            .messages(
                request("{\"model\":\"c\",\"stream\":true,\"max_tokens\":99," + MESSAGES + "}"));
    List<JsonNode> events = events(answer);
    assertThat(events.stream().map(event -> event.get("type").asString()).distinct())
        .containsExactly(
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop");
    JsonNode start = events.getFirst().at("/message/usage");
    assertThat(start.get("input_tokens").asInt()).isEqualTo(5);
    assertThat(start.get("cache_read_input_tokens").asInt()).isEqualTo(6);
    assertThat(start.get("cache_creation_input_tokens").asInt()).isEqualTo(15);
    assertThat(start.at("/cache_creation/ephemeral_1h_input_tokens").asInt()).isEqualTo(8);
    assertThat(start.get("output_tokens").asInt()).isEqualTo(1);
    assertThat(events.get(events.size() - 2).at("/usage/output_tokens").asInt()).isEqualTo(9);
    assertThat(answer.outputTokensWithin(answer.length())).isEqualTo(9);
  }

  @Test
  void messages_whole_stopAtTheirCap() {
    Answer answer =
        anthropic.messages(request("{\"model\":\"c\",\"max_tokens\":1," + MESSAGES + "}"));
    assertThat(JSON.readTree(answer.body()).get("stop_reason").asString()).isEqualTo("max_tokens");
    assertThat(answer.usage().output()).isEqualTo(1);
  }

  private static ReceivedRequest toGemini(String act) {
    String head = "POST /v1/models/g:" + act + " HTTP/1.1\r\n\r\n";
    byte[] bytes = head.getBytes(StandardCharsets.US_ASCII);
    byte[] body =
        "{\"contents\":[{\"parts\":[{\"text\":\"Hello\"}]}]}".getBytes(StandardCharsets.UTF_8);
    return new ReceivedRequest(1, MessageHead.parse(bytes), bytes, body);
  }

  @Test
  void contents_asArrayOrEvents_countCumulativelyAndLeaveZerosOut() {
    GeminiAnswers gemini = new GeminiAnswers(1).reporting(new ServedUsage(90, 10, 0, 0, 20, 5));
    Answer array = gemini.stream(toGemini("streamGenerateContent"));
    List<JsonNode> elements = JSON.readTree(array.body()).valueStream().toList();
    List<JsonNode> events = events(gemini.stream(toGemini("streamGenerateContent?alt=sse")));
    for (List<JsonNode> chunks : List.of(elements, events)) {
      JsonNode last = chunks.getLast().path("usageMetadata");
      assertThat(last.path("promptTokenCount").asInt()).isEqualTo(100);
      assertThat(last.path("cachedContentTokenCount").asInt()).isEqualTo(10);
      assertThat(last.path("candidatesTokenCount").asInt()).isEqualTo(15);
      assertThat(last.path("thoughtsTokenCount").asInt()).isEqualTo(5);
      assertThat(last.has("toolUsePromptTokenCount")).isFalse();
    }
    assertThat(array.model()).isEqualTo("g");
    assertThat(array.outputTokensWithin(array.length())).isEqualTo(15);
  }

  @Test
  void rankings_inUnitsAndInTokens_sayOneAndNotTheOther() {
    String documents = String.join(",", Collections.nCopies(101, "\"a\""));
    ReceivedRequest request =
        request("{\"model\":\"r\",\"query\":\"q\",\"documents\":[" + documents + "]}");
    Answer units = new RerankAnswers(1).inUnits(request);
    Answer tokens = new RerankAnswers(1).inTokens(request);
    assertThat(JSON.readTree(units.body()).at("/meta/billed_units/search_units").asInt())
        .isEqualTo(2);
    assertThat(units.usage().count("search_unit")).isEqualTo(2);
    assertThat(JSON.readTree(tokens.body()).at("/usage/total_tokens").asLong())
        .isEqualTo(tokens.usage().input())
        .isPositive();
  }

  @Test
  void messages_withATool_callItInPiecesThatAreJson() {
    String asked =
        "{\"model\":\"c\",%s\"max_tokens\":99,\"tools\":[{\"name\":\"f\"}]," + MESSAGES + "}";
    StringBuilder pieces = new StringBuilder();
    for (JsonNode event :
        events(anthropic.messages(request(asked.formatted("\"stream\":true,"))))) {
      pieces.append(event.at("/delta/partial_json").asString(""));
    }
    assertThat(JSON.readTree(pieces.toString()).path("place").asString()).isNotEmpty();
    JsonNode whole = JSON.readTree(anthropic.messages(request(asked.formatted(""))).body());
    assertThat(whole.at("/content/0/name").asString()).isEqualTo("f");
    assertThat(whole.at("/content/0/input/place").asString()).isNotEmpty();
  }

  @Test
  void price_smallestAmount_roundsUpOnce() {
    TestPrice price = new TestPrice("0.20", "0.60", "0.02", "0.25", "0.40");
    assertThat(price.costNanoUsd(ServedUsage.of(1000, 500))).isEqualTo(500_000);
    assertThat(price.costNanoUsd(new ServedUsage(1, 1, 1, 1, 1, 0))).isEqualTo(1470);
    assertThat(TestPrice.of("0.0001", "0.0001").costNanoUsd(ServedUsage.of(1, 1))).isEqualTo(1);
  }

  @Test
  void price_things_costTheirFeeEach() {
    TestPrice price = TestPrice.of("0.20", "0.60").withFee("web_search", "0.010000003");
    assertThat(price.costNanoUsd(ServedUsage.of(1000, 500).with("web_search", 2).with("image", 7)))
        .isEqualTo(500_000 + 20_000_006);
  }

  @Test
  void account_costsByModel_areSummed() {
    ProviderAccount account = new ProviderAccount();
    account.open();
    ReceivedRequest request = request("{\"model\":\"m\"," + MESSAGES + "}");
    Answer answer = openAi.reporting(USAGE).chat(request);
    account.close(
        new Served(
            1,
            request,
            null,
            "/x",
            "m",
            answer.usage(),
            false,
            true,
            0,
            0,
            true,
            0,
            new byte[0],
            new byte[0],
            null));
    assertThat(account.costNanoUsd(Map.of("m", TestPrice.of("1", "2"))))
        .isEqualTo(100 * 1000 + 20 * 2000);
    assertThat(account.openNow()).isZero();
  }
}
