package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code /v1/audio/speech}: text in, sound out, as it is or in a stream of events. Sold by the
 * character of the text that is spoken, where the card has a fee for one, else by tokens.
 */
record OpenAiSpeech(MeterSettings settings) implements Endpoint {
  private static final List<Set<Meter>> BY_CHARACTERS_OR_TOKENS =
      List.of(Set.of(Meter.CHARACTER), Set.of(Meter.INPUT, Meter.AUDIO_OUTPUT));

  /**
   * The slowest that is thought of: two characters a second, at 20 tokens a second; and ten seconds
   * of silence.
   */
  private static final long TOKENS_PER_CHARACTER_MAX = 10;

  private static final long TOKENS_OF_SILENCE_MAX = 200;

  private static final PromptShape PROMPT =
      PromptShape.builder().model("model").spoken("input").text("instructions").build();

  private static final AnswerShape ANSWER =
      AnswerShape.of(Surface.OPENAI_SPEECH)
          .audio("audio")
          .error("error")
          .usage("usage")
          .figure("usage.input_tokens", Figure.INPUT)
          .figure("usage.output_tokens", Figure.OUTPUT)
          .figure("usage.output_tokens_details.audio_tokens", Figure.AUDIO_OUTPUT)
          .build();

  @Override
  public String path() {
    return "/v1/audio/speech";
  }

  @Override
  public String upstreamPath(String model, Map<String, String> pathParameters) {
    return "/audio/speech";
  }

  @Override
  public List<Set<Meter>> soldBy() {
    return BY_CHARACTERS_OR_TOKENS;
  }

  @Override
  public PromptReader newPromptReader(RequestHead head) {
    return new JsonPromptReader(PROMPT, head, settings.depthMax()).then(OpenAiSpeech::withCap);
  }

  private static Prompt withCap(Prompt prompt) {
    long characters = prompt.units().count(Meter.CHARACTER);
    return prompt.with(
        TOKENS_OF_SILENCE_MAX + characters * TOKENS_PER_CHARACTER_MAX, prompt.units());
  }

  @Override
  public boolean isPassedOnAtOnce(AnswerHead head, boolean isStreamAsked) {
    return head.isEventStream() || isSound(head);
  }

  @Override
  public AnswerMeter newAnswerMeter(AnswerHead head, Variant variant, boolean dropsAddedUsage) {
    return isSound(head)
        ? AnswerMeters.of(
            new SoundMeter(head.isOfType("audio/pcm")),
            settings,
            head.status(),
            head.contentEncoding())
        : AnswerMeters.of(
            ANSWER,
            settings,
            head.status(),
            head.contentType(),
            head.contentEncoding(),
            dropsAddedUsage);
  }

  private static boolean isSound(AnswerHead head) {
    return head.isOfType("audio/") || head.isOfType("application/octet-stream");
  }
}
