package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.PlainTextMeter;
import dev.tollgate.metering.Surface;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code /v1/audio/transcriptions} and {@code /v1/audio/translations}: sold by the second of sound,
 * where the card has a fee for one, else by tokens. An answer that is text, or subtitles, reports
 * nothing: there the length of the file counts.
 */
record OpenAiTranscriptions(String path, MeterSettings settings) implements Endpoint {
  private static final String PREFIX = "/v1";

  private static final List<Set<Meter>> BY_SECONDS_OR_TOKENS =
      List.of(Set.of(Meter.SECOND), Set.of(Meter.AUDIO_INPUT, Meter.OUTPUT));

  /** OpenAI's models take a token for every 100 ms. */
  private static final long TOKENS_PER_SECOND_HEARD = 10;

  /** Some three times what a fast speaker says in a second, and a little for silence. */
  private static final long TOKENS_PER_SECOND_WRITTEN_MAX = 16;

  private static final long TOKENS_WRITTEN_MAX = 64;

  private static final FormShape FORM =
      FormShape.builder().model("model").stream("stream")
          .text("prompt")
          .audio("file")
          // a place to fetch the sound from: nobody knows how long it is
          .foreign("url")
          .build();

  private static final AnswerShape ANSWER =
      AnswerShape.of(Surface.OPENAI_TRANSCRIPTION)
          .error("error")
          .usage("usage")
          .figure("usage.input_tokens", Figure.INPUT)
          .figure("usage.input_token_details.audio_tokens", Figure.AUDIO_INPUT)
          .alias("usage.input_tokens_details.audio_tokens", Figure.AUDIO_INPUT)
          .figure("usage.output_tokens", Figure.OUTPUT)
          .roundedUp("usage.seconds", Figure.SECONDS)
          .loneFigure("duration", Figure.SECONDS)
          .text("delta")
          .repeatedText("text")
          .build();

  static List<Endpoint> endpoints(MeterSettings settings) {
    return List.of(
        new OpenAiTranscriptions("/v1/audio/transcriptions", settings),
        new OpenAiTranscriptions("/v1/audio/translations", settings));
  }

  @Override
  public String upstreamPath(String model, Map<String, String> pathParameters) {
    return path.substring(PREFIX.length());
  }

  @Override
  public List<Set<Meter>> soldBy() {
    return BY_SECONDS_OR_TOKENS;
  }

  @Override
  public PromptReader newPromptReader(RequestHead head) {
    return FormPromptReader.of(FORM, head.contentType()).then(OpenAiTranscriptions::withTokens);
  }

  private static Prompt withTokens(Prompt prompt) {
    long seconds = prompt.units().count(Meter.SECOND);
    Usage heard =
        prompt.units().toBuilder()
            .set(Meter.AUDIO_INPUT, seconds * TOKENS_PER_SECOND_HEARD)
            .build();
    return prompt.with(TOKENS_WRITTEN_MAX + seconds * TOKENS_PER_SECOND_WRITTEN_MAX, heard);
  }

  @Override
  public AnswerMeter newAnswerMeter(AnswerHead head, Variant variant, boolean dropsAddedUsage) {
    return head.isOfType("text/") && !head.isEventStream()
        ? AnswerMeters.of(
            new PlainTextMeter(settings), settings, head.status(), head.contentEncoding())
        : AnswerMeters.of(
            ANSWER,
            settings,
            head.status(),
            head.contentType(),
            head.contentEncoding(),
            dropsAddedUsage);
  }
}
