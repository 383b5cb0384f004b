package dev.tollgate.dialect;

import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.Map;

/**
 * {@code /v1/completions}: text goes on as text. One request may have many prompts, each of which
 * is answered as often as it asks for.
 */
final class OpenAiCompletions {
  private static final PromptShape PROMPT =
      PromptShape.builder().model("model").stream("stream")
          .usageOption("stream_options", "include_usage")
          .outputTokensMax("max_tokens")
          .answers("n")
          .answers("best_of")
          .serviceTier("service_tier")
          .text("prompt")
          .prompts("prompt[*]")
          .tokenIds("prompt[*][*]")
          .text("suffix")
          // what self-hosted servers take beside
          .binary("prompt_embeds")
          .values("response_format")
          .values("guided_json")
          .values("structured_outputs")
          .build();

  private OpenAiCompletions() {}

  static Endpoint endpoint(MeterSettings settings) {
    return JsonEndpoint.of(
            "/v1/completions",
            "/completions",
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
    return OpenAiUsage.add(
        AnswerShape.of(surface)
            .choices("choices")
            .error("error")
            .servedTier("service_tier")
            .text("choices[*].text")
            .reasoning("choices[*].reasoning_content")
            .reasoning("choices[*].reasoning"));
  }
}
