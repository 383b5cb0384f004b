package dev.tollgate.api.customer;

import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;

/** {@code GET /v1/status}: how the providers do, and the models that this key may use. */
public final class StatusDoor {
  private final CustomerAccess access;
  private final Function<Predicate<String>, Map<String, ?>> states;

  /**
   * @param states the document, with the models that are to be told of
   */
  public StatusDoor(CustomerAccess access, Function<Predicate<String>, Map<String, ?>> states) {
    this.access = access;
    this.states = states;
  }

  public CompletionStage<Reply> show(ServerRequest request) {
    return access.answer(request, granted -> states.apply(granted::mayUse));
  }
}
