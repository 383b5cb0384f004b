package dev.tollgate.api.customer;

import dev.tollgate.account.Generations;
import dev.tollgate.account.Generations.Answer;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.RequestRecord;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * {@code GET /v1/generations/{request_id}}: tokens, cost, latency and provider of one request, free
 * of charge. One per lane; answers complete on its event loop.
 */
public final class GenerationsDoor {
  /** The place of the id in the route's path. */
  public static final String REQUEST_ID = "request_id";

  private final Generations generations;
  private final RefusalRenderer refusals;

  public GenerationsDoor(Generations generations, RefusalRenderer refusals) {
    this.generations = generations;
    this.refusals = refusals;
  }

  public CompletionStage<Reply> show(ServerRequest request) {
    String id = request.pathParameters().getOrDefault(REQUEST_ID, "");
    return generations
        .find(request.headers(), id)
        .thenApply(
            answer ->
                switch (answer) {
                  case Answer.Found(RequestRecord found) ->
                      Json.reply(200, Map.of("data", GenerationDocument.of(found)));
                  case Answer.Refused(Refusal refusal) ->
                      refusals.render(refusal, request.path(), request.id());
                });
  }
}
