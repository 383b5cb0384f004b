package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.MeterSettings;
import java.util.Set;

/** An endpoint that takes a JSON object and answers with one, or with a stream of them. */
record JsonEndpoint(
    String path,
    String upstreamPath,
    PromptShape prompt,
    AnswerShape answer,
    MeterSettings settings)
    implements Endpoint {

  @Override
  public Set<Meter> pricedMeters() {
    return prompt.producesNothing() ? Set.of(Meter.INPUT) : Set.of(Meter.INPUT, Meter.OUTPUT);
  }

  @Override
  public PromptReader newPromptReader() {
    return new JsonPromptReader(prompt, settings.depthMax());
  }

  @Override
  public AnswerMeter newAnswerMeter(
      int status, String contentType, String contentEncoding, boolean dropsAddedUsage) {
    return AnswerMeters.of(answer, settings, status, contentType, contentEncoding, dropsAddedUsage);
  }
}
