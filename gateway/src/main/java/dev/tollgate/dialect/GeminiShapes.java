package dev.tollgate.dialect;

import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.Surface;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where the Gemini API's requests and answers carry what matters. Its requests are protocol buffers
 * written as JSON: every field may be spelled in camel case or with underscores, and a list of one
 * may be given without its brackets.
 */
final class GeminiShapes {
  private static final List<String> PARTS =
      List.of(
          "contents[*].parts[*]",
          "contents[*].parts",
          "contents.parts[*]",
          "contents.parts",
          "systemInstruction.parts[*]",
          "systemInstruction.parts",
          "system_instruction.parts[*]",
          "system_instruction.parts");

  static final AnswerShape ANSWER = answer();

  private GeminiShapes() {}

  static PromptShape prompt(boolean isStreamed) {
    PromptShape.Builder shape =
        PromptShape.builder()
            .modelInPath()
            .once(spellings("generationConfig"))
            .outputTokensMax(spellings("generationConfig.maxOutputTokens"))
            .answers(spellings("generationConfig.candidateCount"))
            .serviceTier(spellings("serviceTier"))
            .refused(List.of("model"))
            // what lies there is the operator's, and nobody here knows how much it is
            .refused(spellings("cachedContent"))
            .message("contents[*]")
            .text("contents")
            .ignored("contents[*].role")
            .ignored("contents.role");
    spellings("systemInstruction").forEach(shape::text);
    PARTS.forEach(at -> part(shape, at));
    spellings("generationConfig.responseSchema").forEach(shape::values);
    spellings("generationConfig.responseJsonSchema").forEach(shape::values);
    tools(shape);
    return (isStreamed ? shape.streamed() : shape).build();
  }

  private static void part(PromptShape.Builder shape, String at) {
    for (String field : List.of("inlineData", "fileData", "functionResponse.parts[*].inlineData")) {
      spellings(field).forEach(name -> shape.binary(at + "." + name));
    }
    spellings("thoughtSignature").forEach(name -> shape.ignored(at + "." + name));
    for (String field : List.of("functionCall.args", "functionResponse.response")) {
      spellings(field).forEach(name -> shape.values(at + "." + name));
    }
  }

  private static void tools(PromptShape.Builder shape) {
    shape.values("tools");
    for (String field : List.of("googleSearch", "googleSearchRetrieval", "enterpriseWebSearch")) {
      spellings(field).forEach(name -> shape.searchTool("tools[*]." + name));
      spellings(field).forEach(name -> shape.searchTool("tools." + name));
    }
  }

  private static AnswerShape answer() {
    AnswerShape.Builder shape = AnswerShape.of(Surface.GEMINI).documents("[*]");
    // an event of a stream, or a whole body; an element of a body that is an array
    for (String at : List.of("", "[*].")) {
      shape.choices(at + "candidates").error(at + "error");
      figures(shape.usage(at + "usageMetadata"), at + "usageMetadata");
      produced(shape, at + "candidates[*].content.parts[*]");
      shape.each(at + "candidates[*].groundingMetadata.webSearchQueries[*]", Figure.WEB_SEARCHES);
    }
    return shape.build();
  }

  private static void figures(AnswerShape.Builder shape, String at) {
    shape
        .figure(at + ".promptTokenCount", Figure.INPUT)
        .figure(at + ".cachedContentTokenCount", Figure.CACHE_READ)
        .figure(at + ".toolUsePromptTokenCount", Figure.TOOL_INPUT)
        .figure(at + ".candidatesTokenCount", Figure.OUTPUT)
        .figure(at + ".thoughtsTokenCount", Figure.REASONING)
        .modalities(
            at + ".promptTokensDetails",
            Map.of("AUDIO", Figure.AUDIO_INPUT, "IMAGE", Figure.IMAGE_INPUT))
        .modalities(
            at + ".cacheTokensDetails",
            Map.of("AUDIO", Figure.CACHED_AUDIO, "IMAGE", Figure.CACHED_IMAGE))
        .modalities(
            at + ".candidatesTokensDetails",
            Map.of("AUDIO", Figure.AUDIO_OUTPUT, "IMAGE", Figure.IMAGE_OUTPUT))
        .servedTier(at + ".serviceTier");
  }

  private static void produced(AnswerShape.Builder shape, String at) {
    shape
        .passage(at)
        .text(at + ".text")
        .text(at + ".functionCall.name")
        .values(at + ".functionCall.args")
        .text(at + ".executableCode.code");
  }

  /** A path whose keys may each be spelled in two ways; the usual one comes first. */
  static List<String> spellings(String path) {
    List<String> spelled = new ArrayList<>();
    spelled.add("");
    for (String key : path.split("\\.", -1)) {
      List<String> longer = new ArrayList<>();
      for (String before : spelled) {
        String dot = before.isEmpty() ? "" : ".";
        longer.add(before + dot + key);
        if (!underscored(key).equals(key)) {
          longer.add(before + dot + underscored(key));
        }
      }
      spelled = longer;
    }
    return spelled;
  }

  private static String underscored(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
