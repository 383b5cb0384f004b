package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.PathTemplate;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.MeterSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that takes a JSON object and answers with one, or with a stream of them.
 *
 * @param objectAct what it brings about at the provider; null for nothing that is kept
 * @param answers of variants that count in another way than {@code answer}
 * @param otherDialects of providers that serve it, beside its own
 */
record JsonEndpoint(
    String path,
    PathTemplate upstream,
    List<Set<Meter>> soldBy,
    @Nullable ObjectAct objectAct,
    PromptShape prompt,
    AnswerShape answer,
    Map<Variant, AnswerShape> answers,
    Set<String> otherDialects,
    MeterSettings settings)
    implements Endpoint {

  JsonEndpoint {
    answers = Map.copyOf(answers);
    otherDialects = Set.copyOf(otherDialects);
  }

  static JsonEndpoint of(
      String path,
      String upstreamPath,
      List<Set<Meter>> soldBy,
      PromptShape prompt,
      AnswerShape answer,
      MeterSettings settings) {
    return new JsonEndpoint(
        path,
        PathTemplate.of(upstreamPath),
        soldBy,
        null,
        prompt,
        answer,
        Map.of(),
        Set.of(),
        settings);
  }

  JsonEndpoint counting(Map<Variant, AnswerShape> otherAnswers) {
    return new JsonEndpoint(
        path, upstream, soldBy, objectAct, prompt, answer, otherAnswers, otherDialects, settings);
  }

  JsonEndpoint servedInDialects(Set<String> others) {
    return new JsonEndpoint(
        path, upstream, soldBy, objectAct, prompt, answer, answers, others, settings);
  }

  JsonEndpoint creating(ObjectKind kind) {
    ObjectAct act = new ObjectAct(kind, ObjectAct.Verb.CREATE);
    return new JsonEndpoint(
        path, upstream, soldBy, act, prompt, answer, answers, otherDialects, settings);
  }

  @Override
  public String upstreamPath(String model, Map<String, String> pathParameters) {
    return upstream.fill(model, pathParameters);
  }

  @Override
  public PromptReader newPromptReader(RequestHead head) {
    return new JsonPromptReader(prompt, head, settings.depthMax());
  }

  @Override
  public AnswerMeter newAnswerMeter(AnswerHead head, Variant variant, boolean dropsAddedUsage) {
    return AnswerMeters.of(
        answers.getOrDefault(variant, answer),
        settings,
        head.status(),
        head.contentType(),
        head.contentEncoding(),
        dropsAddedUsage);
  }
}
