package dev.tollgate.dialect;

import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.List;

/**
 * {@code /v1/messages}. Its stream reports the input at the start and the output, cumulatively,
 * towards the end; its input figures lie beside each other, none inside another.
 */
final class AnthropicMessages {
  /** The system prompt that Anthropic adds to requests with tools, for its models since 3.7. */
  private static final int TOOL_PROMPT_TOKENS = 346;

  private static final PromptShape PROMPT =
      PromptShape.builder().model("model").stream("stream")
          .outputTokensMax("max_tokens")
          // with thoughts between its tool calls an answer may have more of them than its cap
          .outputTokensMax("thinking.budget_tokens")
          .serviceTier("service_tier")
          .speed("speed")
          .message("messages[*]")
          .text("system")
          .ignored("system[*].type")
          .ignored("system[*].cache_control")
          .text("messages")
          .ignored("messages[*].role")
          .ignored("messages[*].content[*].type")
          .ignored("messages[*].content[*].cache_control")
          .ignored("messages[*].content[*].signature")
          .images(ImageRule.ANTHROPIC_AREA)
          .source("messages[*].content[*].source")
          .ignored("messages[*].content[*].content[*].type")
          .source("messages[*].content[*].content[*].source")
          .values("messages[*].content[*].input")
          .tools("tools", TOOL_PROMPT_TOKENS)
          // both name another model, which may be dearer than the one that is sold
          .refused(List.of("fallbacks"))
          .refused(List.of("tools[*].model"))
          .values("output_format")
          .values("output_config")
          .build();

  private static final AnswerShape ANSWER = answer();

  private AnthropicMessages() {}

  static Endpoint endpoint(MeterSettings settings) {
    return JsonEndpoint.of(
        "/v1/messages", "/messages", Endpoint.BY_TOKENS, PROMPT, ANSWER, settings);
  }

  /** {@code /v1/messages/count_tokens}: free, as it is there. */
  static Endpoint counting(MeterSettings settings) {
    PromptShape prompt = PromptShape.builder().model("model").producesNothing().build();
    AnswerShape answer = AnswerShape.of(Surface.ANTHROPIC_MESSAGES).error("error").build();
    return JsonEndpoint.of(
        "/v1/messages/count_tokens",
        "/messages/count_tokens",
        Endpoint.FREE,
        prompt,
        answer,
        settings);
  }

  private static AnswerShape answer() {
    AnswerShape.Builder shape = AnswerShape.of(Surface.ANTHROPIC_MESSAGES).error("error");
    input(shape.usage("message.usage"), "message.usage");
    // The start counts a first token or two: no more than that something has begun.
    shape.figure("message.usage.output_tokens", Figure.OUTPUT_SO_FAR);
    input(shape.usage("usage"), "usage");
    shape
        .figure("usage.output_tokens", Figure.OUTPUT)
        .figure("usage.output_tokens_details.thinking_tokens", Figure.REASONING);
    iterations(shape, "usage.iterations[*]");
    return produced(shape).build();
  }

  private static void input(AnswerShape.Builder shape, String at) {
    shape
        .figure(at + ".input_tokens", Figure.INPUT)
        .figure(at + ".cache_read_input_tokens", Figure.CACHE_READ)
        .figure(at + ".cache_creation_input_tokens", Figure.CACHE_WRITE)
        .figure(at + ".cache_creation.ephemeral_5m_input_tokens", Figure.CACHE_WRITE_5M)
        .figure(at + ".cache_creation.ephemeral_1h_input_tokens", Figure.CACHE_WRITE_1H)
        .figure(at + ".server_tool_use.web_search_requests", Figure.WEB_SEARCHES)
        .servedTier(at + ".service_tier")
        .servedSpeed(at + ".speed");
  }

  /** Where the provider compacted the context, the totals leave out what that took. */
  private static void iterations(AnswerShape.Builder shape, String at) {
    shape
        .sum(at + ".input_tokens", Figure.INPUT)
        .sum(at + ".output_tokens", Figure.OUTPUT)
        .sum(at + ".cache_read_input_tokens", Figure.CACHE_READ)
        .sum(at + ".cache_creation_input_tokens", Figure.CACHE_WRITE)
        .sum(at + ".cache_creation.ephemeral_5m_input_tokens", Figure.CACHE_WRITE_5M)
        .sum(at + ".cache_creation.ephemeral_1h_input_tokens", Figure.CACHE_WRITE_1H);
  }

  private static AnswerShape.Builder produced(AnswerShape.Builder shape) {
    return shape
        .text("delta.text")
        .text("delta.thinking")
        .text("delta.partial_json")
        .text("content_block.text")
        .text("content_block.thinking")
        .text("content_block.name")
        .text("content[*].text")
        .text("content[*].thinking")
        .text("content[*].name")
        .values("content[*].input");
  }
}
