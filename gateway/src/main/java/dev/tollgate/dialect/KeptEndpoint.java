package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.PathTemplate;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.MeterSettings;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint about something that the provider keeps. What it may be sold by is not for its path
 * to say: most of them are free, and what is paid later has the price of when it came to be.
 *
 * @param answer of a variant; null where the answer says nothing that counts: a file's content, a
 *     list of events
 */
record KeptEndpoint(
    HttpMethod method,
    String path,
    PathTemplate upstream,
    ObjectAct objectAct,
    Function<RequestHead, PromptReader> reader,
    @Nullable Function<Variant, AnswerShape> answer,
    MeterSettings settings)
    implements Endpoint {

  static KeptEndpoint of(
      HttpMethod method,
      String upstreamPath,
      ObjectAct act,
      Function<RequestHead, PromptReader> reader,
      @Nullable Function<Variant, AnswerShape> answer,
      MeterSettings settings) {
    return new KeptEndpoint(
        method, "/v1" + upstreamPath, PathTemplate.of(upstreamPath), act, reader, answer, settings);
  }

  @Override
  public List<Set<Meter>> soldBy() {
    return FREE;
  }

  @Override
  public String upstreamPath(String model, Map<String, String> pathParameters) {
    return upstream.fill(model, pathParameters);
  }

  @Override
  public PromptReader newPromptReader(RequestHead head) {
    return reader.apply(head);
  }

  @Override
  public boolean isPassedOnAtOnce(AnswerHead head, boolean isStreamAsked) {
    return answer == null || head.isEventStream();
  }

  @Override
  public AnswerMeter newAnswerMeter(AnswerHead head, Variant variant, boolean dropsAddedUsage) {
    return answer == null
        ? AnswerMeters.ofNothing(head.status())
        : AnswerMeters.of(
            answer.apply(variant),
            settings,
            head.status(),
            head.contentType(),
            head.contentEncoding(),
            false);
  }

  /** A file may be empty, and what has been deleted may leave nothing to say. */
  @Override
  public boolean mayAnswerWithoutBody() {
    return answer == null;
  }
}
