package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.List;
import java.util.Set;

/**
 * {@code /v1/rerank}, as Cohere, Jina and those who run such models themselves have it: one request
 * for all of them. They bill search units, or the tokens of the query and of all documents.
 */
final class Rerank {
  /** A model that has both prices is sold as those sell it who count search units. */
  private static final List<Set<Meter>> BY_UNITS_OR_INPUT =
      List.of(Set.of(Meter.SEARCH_UNIT), Set.of(Meter.INPUT));

  private static final PromptShape PROMPT =
      PromptShape.builder()
          .model("model")
          .producesNothing()
          .ranking("query", "documents")
          .binary("query.image")
          .binary("documents[*].image")
          .build();

  private static final AnswerShape ANSWER =
      AnswerShape.of(Surface.RERANK)
          .choices("results")
          .choices("data")
          .error("error")
          // what is billed; the tokens beside it are another count
          .usage("meta.billed_units")
          .figure("meta.billed_units.search_units", Figure.SEARCH_UNITS)
          .figure("meta.billed_units.input_tokens", Figure.INPUT)
          .usage("usage")
          .figure("usage.billed_units.search_units", Figure.SEARCH_UNITS)
          .figure("usage.billed_units.input_tokens", Figure.INPUT)
          .alias("usage.search_units", Figure.SEARCH_UNITS)
          .figure("usage.total_tokens", Figure.INPUT)
          .alias("usage.prompt_tokens", Figure.INPUT)
          .build();

  private Rerank() {}

  /**
   * @param otherDialect of providers that serve it too
   */
  static Endpoint endpoint(String path, String otherDialect, MeterSettings settings) {
    return JsonEndpoint.of(path, "/rerank", BY_UNITS_OR_INPUT, PROMPT, ANSWER, settings)
        .servedInDialects(Set.of(otherDialect));
  }
}
