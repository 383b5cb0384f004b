package dev.tollgate.dialect;

import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import java.util.List;

/**
 * Where chats and completions report their usage: OpenAI's names, and those that others have for
 * the same or put beside.
 */
final class OpenAiUsage {
  private OpenAiUsage() {}

  /** With Groq's and Moonshot's places beside the usual one. */
  static AnswerShape.Builder add(AnswerShape.Builder shape) {
    figures(shape.askedUsage("usage"), "usage");
    for (String at : List.of("x_groq.usage", "choices[*].usage")) {
      figures(shape.usage(at), at);
    }
    return shape;
  }

  /** With the counters of Ollama's own API, which stand at the top of a document. */
  static AnswerShape.Builder addNative(AnswerShape.Builder shape) {
    return shape
        .usageAtTop()
        .alias("prompt_eval_count", Figure.INPUT)
        .alias("eval_count", Figure.OUTPUT);
  }

  private static void figures(AnswerShape.Builder shape, String at) {
    shape
        .figure(at + ".prompt_tokens", Figure.INPUT)
        .alias(at + ".input_tokens", Figure.INPUT)
        .figure(at + ".prompt_tokens_details.cached_tokens", Figure.CACHE_READ)
        // DeepSeek's name; Moonshot's is at the top
        .alias(at + ".prompt_cache_hit_tokens", Figure.CACHE_READ)
        .alias(at + ".cached_tokens", Figure.CACHE_READ)
        .figure(at + ".prompt_tokens_details.cache_write_tokens", Figure.CACHE_WRITE)
        .figure(at + ".prompt_tokens_details.audio_tokens", Figure.AUDIO_INPUT)
        .figure(at + ".prompt_tokens_details.image_tokens", Figure.IMAGE_INPUT)
        .figure(at + ".completion_tokens", Figure.OUTPUT)
        .alias(at + ".output_tokens", Figure.OUTPUT)
        .figure(at + ".completion_tokens_details.reasoning_tokens", Figure.REASONING)
        // SGLang's place
        .alias(at + ".reasoning_tokens", Figure.REASONING)
        .figure(at + ".completion_tokens_details.audio_tokens", Figure.AUDIO_OUTPUT);
  }
}
