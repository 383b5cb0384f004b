package dev.tollgate.dialect;

import dev.tollgate.domain.ObjectKind;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.List;
import java.util.Map;

/** {@code /v1/chat/completions}, by OpenAI and by the many who speak as it does. */
final class OpenAiChat {
  private static final PromptShape PROMPT =
      PromptShape.builder().model("model").stream("stream")
          .usageOption("stream_options", "include_usage")
          .outputTokensMax("max_completion_tokens")
          .outputTokensMax("max_tokens")
          .answers("n")
          .answers("best_of")
          .serviceTier("service_tier")
          .message("messages[*]")
          .text("messages")
          .ignored("messages[*].role")
          .ignored("messages[*].content[*].type")
          .images(ImageRule.OPENAI_TILES)
          .image("messages[*].content[*]")
          .imageUrl("messages[*].content[*].image_url")
          .imageUrl("messages[*].content[*].image_url.url")
          .imageDetail("messages[*].content[*].image_url.detail")
          .ignored("messages[*].content[*].image_url.**")
          .binary("messages[*].content[*].input_audio")
          .binary("messages[*].content[*].file")
          .reference("messages[*].content[*].file.file_id", ObjectKind.FILE)
          .values("tools")
          .values("functions")
          .values("response_format")
          .text("prediction.content")
          // what self-hosted servers take beside
          .text("documents")
          .text("chat_template")
          .text("chat_template_kwargs")
          .values("guided_json")
          .build();

  private OpenAiChat() {}

  static Endpoint endpoint(MeterSettings settings) {
    return JsonEndpoint.of(
            "/v1/chat/completions",
            "/chat/completions",
            Endpoint.BY_TOKENS,
            PROMPT,
            answer(Surface.OPENAI_CHAT).build(),
            settings)
        .counting(
            Map.of(
                Variant.XAI,
                answer(Surface.XAI_CHAT).build(),
                Variant.OLLAMA,
                OpenAiUsage.addNative(answer(Surface.OPENAI_CHAT)).build()));
  }

  private static AnswerShape.Builder answer(Surface surface) {
    AnswerShape.Builder shape =
        AnswerShape.of(surface).choices("choices").error("error").servedTier("service_tier");
    OpenAiUsage.add(shape);
    for (String at : List.of("choices[*].delta", "choices[*].message")) {
      produced(shape, at);
    }
    return shape;
  }

  private static void produced(AnswerShape.Builder shape, String at) {
    shape
        .text(at + ".content")
        .text(at + ".content[*].text")
        .text(at + ".content[*].thinking[*].text")
        .reasoning(at + ".reasoning_content")
        .reasoning(at + ".reasoning")
        .reasoning(at + ".reasoning_details[*].text")
        .text(at + ".refusal")
        .text(at + ".audio.transcript")
        .text(at + ".tool_calls[*].function.name")
        .text(at + ".tool_calls[*].function.arguments")
        .text(at + ".tool_calls[*].custom.name")
        .text(at + ".tool_calls[*].custom.input")
        .text(at + ".function_call.name")
        .text(at + ".function_call.arguments");
  }
}
