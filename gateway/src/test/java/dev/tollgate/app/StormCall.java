package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.AnthropicAnswers;
import dev.tollgate.provider.CompletionsAnswers;
import dev.tollgate.provider.GeminiAnswers;
import dev.tollgate.provider.ModerationsAnswers;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.OpenAiMediaAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.RerankAnswers;
import dev.tollgate.provider.ResponsesAnswers;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.FormBody;
import dev.tollgate.testing.SoundFiles;
import java.util.Map;
import java.util.function.Function;

/**
 * A call of a storm: what is asked for, where, and what the provider says to it.
 *
 * @param path on the gateway
 * @param providerPath where that arrives, as the fake provider names it
 * @param contentType of the body
 * @param isStreamed whether a stream is asked for
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record StormCall(
    String path, String providerPath, String contentType, byte[] body, boolean isStreamed) {
  private static final String JSON = "application/json";
  private static final String ASK = "What is the toll on the bridge, über 料金 🚧?";

  /** Every kind of call that is paid for by its answer, and one that is free. */
  static StormCall[] all() {
    return new StormCall[] {
      chat("\"stream\":false"),
      chat("\"stream\":true"),
      chat("\"stream\":true,\"stream_options\":{\"include_usage\":true},\"n\":2"),
      json(
          "/v1/completions",
          "{\"model\":\"%s\",\"max_tokens\":40,\"prompt\":\"%s\"}"
              .formatted(TestCard.COMPLETION, ASK)),
      responses(false),
      responses(true),
      json(
          "/v1/embeddings",
          "{\"model\":\"%s\",\"input\":[\"%s\",\"b\"]}".formatted(TestCard.EMBEDDING, ASK)),
      json(
          "/v1/moderations",
          "{\"model\":\"%s\",\"input\":\"%s\"}".formatted(TestCard.MODERATION, ASK)),
      messages(false),
      messages(true),
      json(
          "/v1/messages/count_tokens",
          "{\"model\":\"%s\",\"messages\":[]}".formatted(TestCard.MESSAGES)),
      gemini(":generateContent", "", false),
      gemini(":streamGenerateContent", "?alt=sse", true),
      gemini(":streamGenerateContent", "", true),
      rerank(TestCard.RERANK),
      rerank(TestCard.RERANK_UNITS),
      image(TestCard.IMAGE),
      image(TestCard.PICTURE),
      json(
          "/v1/audio/speech",
          "{\"model\":\"%s\",\"voice\":\"alloy\",\"input\":\"%s\"}"
              .formatted(TestCard.SPEECH, ASK)),
      transcription()
    };
  }

  /** What a provider says to all of them, by its own paths. */
  static Map<String, Function<ReceivedRequest, Answer>> answers(long seed) {
    OpenAiAnswers openAi = new OpenAiAnswers(seed);
    AnthropicAnswers anthropic = new AnthropicAnswers(seed);
    GeminiAnswers gemini = new GeminiAnswers(seed);
    RerankAnswers rerank = new RerankAnswers(seed);
    OpenAiMediaAnswers media = new OpenAiMediaAnswers(seed);
    return Map.ofEntries(
        Map.entry("/chat/completions", openAi::chat),
        Map.entry("/completions", new CompletionsAnswers(seed)::completions),
        Map.entry("/responses", new ResponsesAnswers(seed)::responses),
        Map.entry("/embeddings", openAi::embeddings),
        Map.entry("/moderations", new ModerationsAnswers(seed)::moderations),
        Map.entry("/messages", anthropic::messages),
        Map.entry("/messages/count_tokens", anthropic::countTokens),
        Map.entry(":generateContent", gemini::generate),
        Map.entry(":streamGenerateContent", gemini::stream),
        Map.entry(
            "/rerank",
            request ->
                request.model().equals(TestCard.RERANK_UNITS)
                    ? rerank.inUnits(request)
                    : rerank.inTokens(request)),
        Map.entry("/images/generations", media::images),
        Map.entry("/audio/speech", media::speech),
        Map.entry("/audio/transcriptions", media::transcription));
  }

  /** Whether it goes on as it comes, and can break in the middle. */
  boolean isPassedOnAtOnce() {
    return isStreamed || path.equals("/v1/audio/speech");
  }

  private static StormCall json(String path, String body) {
    return new StormCall(path, path.substring("/v1".length()), JSON, body.getBytes(UTF_8), false);
  }

  private static StormCall streamed(StormCall call, boolean isStreamed) {
    return new StormCall(
        call.path(), call.providerPath(), call.contentType(), call.body(), isStreamed);
  }

  private static StormCall chat(String options) {
    String body =
        "{\"model\":\"%s\",\"max_tokens\":60,%s,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(TestCard.CHAT, options, ASK);
    return streamed(json("/v1/chat/completions", body), options.contains("true"));
  }

  private static StormCall responses(boolean isStreamed) {
    String body =
        "{\"model\":\"%s\",\"max_output_tokens\":60,\"stream\":%s,\"store\":%s,\"input\":\"%s\"}"
            .formatted(TestCard.RESPONSE, isStreamed, isStreamed, ASK);
    return streamed(json("/v1/responses", body), isStreamed);
  }

  private static StormCall messages(boolean isStreamed) {
    String body =
        "{\"model\":\"%s\",\"max_tokens\":60,\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(TestCard.MESSAGES, isStreamed, ASK);
    return streamed(json("/v1/messages", body), isStreamed);
  }

  private static StormCall gemini(String act, String query, boolean isStreamed) {
    String body =
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"%s\"}]}],\"generationConfig\":{\"maxOutputTokens\":60}}"
            .formatted(ASK);
    return new StormCall(
        "/v1beta/models/" + TestCard.GEMINI + act + query,
        act,
        JSON,
        body.getBytes(UTF_8),
        isStreamed);
  }

  private static StormCall rerank(String model) {
    return json(
        "/v1/rerank",
        "{\"model\":\"%s\",\"query\":\"%s\",\"documents\":[\"A gate.\",\"A bridge.\"]}"
            .formatted(model, ASK));
  }

  private static StormCall image(String model) {
    return json(
        "/v1/images/generations",
        "{\"model\":\"%s\",\"prompt\":\"%s\",\"n\":2}".formatted(model, ASK));
  }

  private static StormCall transcription() {
    FormBody form =
        FormBody.usual()
            .file("file", "a.wav", "audio/wav", SoundFiles.wav(4_000, 8_000))
            .field("model", TestCard.WHISPER);
    return new StormCall(
        "/v1/audio/transcriptions",
        "/audio/transcriptions",
        form.contentType(),
        form.bytes(),
        false);
  }
}
