package dev.tollgate.dialect;

import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.MeterSettings;

/** An endpoint that takes a JSON object and answers with one, or with a stream of them. */
record JsonEndpoint(
    String path,
    String upstreamPath,
    PromptShape prompt,
    AnswerShape answer,
    MeterSettings settings)
    implements Endpoint {

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
