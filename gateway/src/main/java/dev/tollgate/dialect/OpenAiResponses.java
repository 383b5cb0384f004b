package dev.tollgate.dialect;

import dev.tollgate.domain.ObjectKind;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.List;
import java.util.Map;

/**
 * {@code /v1/responses}. Its stream tells of the response as it grows; usage is in none of these
 * events but the last, {@code response.completed}, {@code .incomplete} or {@code .failed}. A
 * response in the background is only promised by the answer, and costs nothing before it is asked
 * for.
 */
final class OpenAiResponses {
  private static final PromptShape PROMPT = prompt();
  private static final AnswerShape ANSWER = answer().build();
  private static final Map<Variant, AnswerShape> ANSWERS =
      Map.of(Variant.XAI, xaiSearches(answer()).build());

  private OpenAiResponses() {}

  static Endpoint endpoint(MeterSettings settings) {
    return JsonEndpoint.of(
            "/v1/responses", "/responses", Endpoint.BY_TOKENS, PROMPT, ANSWER, settings)
        .counting(ANSWERS)
        .creating(ObjectKind.RESPONSE);
  }

  /** What a response says, when it is answered and when it is asked for again. */
  static AnswerShape answer(Variant variant) {
    return ANSWERS.getOrDefault(variant, ANSWER);
  }

  private static PromptShape prompt() {
    PromptShape.Builder shape =
        PromptShape.builder().model("model").stream("stream")
            .outputTokensMax("max_output_tokens")
            .serviceTier("service_tier")
            .text("instructions")
            .text("input")
            .message("input[*]")
            .ignored("input[*].id")
            .storedWhere("input[*].type", "item_reference")
            .ignored("input[*].role")
            .ignored("input[*].status")
            .ignored("input[*].call_id")
            .binary("input[*].encrypted_content")
            .binary("input[*].result")
            .values("tools")
            .values("text.format")
            .text("prompt.variables")
            .stored("prompt.id")
            .reference("previous_response_id", ObjectKind.RESPONSE)
            .field("conversation")
            .field("background")
            .field("store")
            .images(ImageRule.OPENAI_TILES);
    for (String at : List.of("input[*].content[*]", "input[*].output[*]", "input[*].output")) {
      shape
          .ignored(at + ".type")
          .ignored(at + ".filename")
          .image(at)
          .imageUrl(at + ".image_url")
          .imageDetail(at + ".detail")
          .ignored(at + ".image_url.**")
          .binary(at + ".file_data")
          .binary(at + ".file_url")
          .binaryReference(at + ".file_id")
          .binary(at + ".input_audio");
    }
    return shape.build();
  }

  private static AnswerShape.Builder answer() {
    AnswerShape.Builder shape =
        AnswerShape.of(Surface.OPENAI_RESPONSES)
            .eventType("type")
            .errorEvent("error")
            .promised("queued", "in_progress")
            .item("item")
            .counting("web_search_call", Figure.WEB_SEARCHES);
    for (String at : List.of("", "response.")) {
      shape.object(at + "id", at + "status");
      shape.error(at + "error").servedTier(at + "service_tier").items(at + "output");
      figures(shape.usage(at + "usage"), at + "usage");
      tools(shape.sideUsage(at + "tool_usage"), at + "tool_usage");
    }
    return wholeText(deltas(shape));
  }

  private static void figures(AnswerShape.Builder shape, String at) {
    shape
        .figure(at + ".input_tokens", Figure.INPUT)
        .alias(at + ".prompt_tokens", Figure.INPUT)
        .figure(at + ".input_tokens_details.cached_tokens", Figure.CACHE_READ)
        .figure(at + ".input_tokens_details.cache_write_tokens", Figure.CACHE_WRITE)
        .figure(at + ".output_tokens", Figure.OUTPUT)
        .alias(at + ".completion_tokens", Figure.OUTPUT)
        .figure(at + ".output_tokens_details.reasoning_tokens", Figure.REASONING);
  }

  private static void tools(AnswerShape.Builder shape, String at) {
    shape
        .alias(at + ".web_search.num_requests", Figure.WEB_SEARCHES)
        .figure(at + ".image_gen.input_tokens", Figure.IMAGE_INPUT)
        .figure(at + ".image_gen.output_tokens", Figure.IMAGE_OUTPUT);
  }

  /** Text, thoughts, refusals, arguments and code all come as deltas; so does sound, in base64. */
  private static AnswerShape.Builder deltas(AnswerShape.Builder shape) {
    return shape
        .text("delta")
        .silentEvent("response.audio.delta")
        // its name, and what has no deltas, are told again when it is done
        .silentEvent("response.output_item.added")
        .text("item.name")
        .values("item.action")
        .values("item.operation");
  }

  /** In a body, and once more at the end of a stream. */
  private static AnswerShape.Builder wholeText(AnswerShape.Builder shape) {
    for (String part : List.of("content[*].text", "content[*].refusal", "summary[*].text")) {
      shape.text("output[*]." + part).repeatedText("response.output[*]." + part);
    }
    for (String part : List.of("name", "arguments", "input", "code")) {
      shape.text("output[*]." + part).repeatedText("response.output[*]." + part);
    }
    return shape.values("output[*].action").values("output[*].operation");
  }

  /** xAI tells of all searches together; those that failed are not in it. */
  private static AnswerShape.Builder xaiSearches(AnswerShape.Builder shape) {
    for (String at : List.of("usage", "response.usage")) {
      shape
          .sum(at + ".server_side_tool_usage_details.web_search_calls", Figure.WEB_SEARCHES)
          .sum(at + ".server_side_tool_usage_details.x_search_calls", Figure.WEB_SEARCHES);
    }
    return shape;
  }
}
