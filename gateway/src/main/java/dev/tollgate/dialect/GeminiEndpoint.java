package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.PathTemplate;
import dev.tollgate.domain.Refusal;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.ServedTierMeter;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1beta/models/{model}:generateContent} and those beside it. The path names the model and
 * says whether to stream: as events with {@code alt=sse}, else as the elements of one JSON array,
 * which is passed on just as it comes.
 */
record GeminiEndpoint(
    String path,
    PathTemplate upstream,
    List<Set<Meter>> soldBy,
    PromptShape prompt,
    boolean isStreamed,
    MeterSettings settings)
    implements Endpoint {
  private static final String SERVED_TIER = "x-gemini-service-tier";

  static Endpoint generating(MeterSettings settings) {
    PromptShape prompt = GeminiShapes.prompt(false);
    return of("generateContent", Endpoint.BY_TOKENS, prompt, false, settings);
  }

  static Endpoint streaming(MeterSettings settings) {
    PromptShape prompt = GeminiShapes.prompt(true);
    return of("streamGenerateContent", Endpoint.BY_TOKENS, prompt, true, settings);
  }

  /** Free, as it is there. */
  static Endpoint counting(MeterSettings settings) {
    PromptShape prompt = PromptShape.builder().modelInPath().producesNothing().build();
    return of("countTokens", Endpoint.FREE, prompt, false, settings);
  }

  private static Endpoint of(
      String act,
      List<Set<Meter>> soldBy,
      PromptShape prompt,
      boolean isStreamed,
      MeterSettings settings) {
    String upstream = "/models/{model}:" + act;
    return new GeminiEndpoint(
        "/v1beta" + upstream, PathTemplate.of(upstream), soldBy, prompt, isStreamed, settings);
  }

  @Override
  public String upstreamPath(String model, Map<String, String> pathParameters) {
    return upstream.fill(model, pathParameters);
  }

  @Override
  public @Nullable String upstreamQuery(@Nullable String query) {
    return GeminiQuery.parse(query).upstream();
  }

  @Override
  public @Nullable String keyIn(@Nullable String query) {
    return GeminiQuery.parse(query).key();
  }

  @Override
  public PromptReader newPromptReader(RequestHead head) {
    Refusal.InvalidRequest fault = GeminiQuery.parse(head.query()).fault();
    return fault == null
        ? new JsonPromptReader(prompt, head, settings.depthMax())
        : new RefusingReader(fault);
  }

  @Override
  public boolean isPassedOnAtOnce(AnswerHead head, boolean isStreamAsked) {
    return isStreamed || head.isEventStream();
  }

  @Override
  public AnswerMeter newAnswerMeter(AnswerHead head, Variant variant, boolean dropsAddedUsage) {
    AnswerMeter body =
        AnswerMeters.of(
            GeminiShapes.ANSWER,
            settings,
            head.status(),
            head.contentType(),
            head.contentEncoding(),
            dropsAddedUsage);
    return ServedTierMeter.of(body, head.headers().get(SERVED_TIER));
  }

  /** Of a request that its head alone rules out. */
  private record RefusingReader(Refusal.InvalidRequest fault) implements PromptReader {
    @Override
    public void read(ByteBuf piece) {}

    @Override
    public Result end() {
      return new Result.Refused(fault);
    }
  }
}
