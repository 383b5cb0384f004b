package dev.tollgate.app;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import java.util.function.Consumer;

/**
 * Every refusal is rendered once, when it is sent, be it by an exchange, a door, the router or the
 * server: so here they are all counted.
 */
record CountedRefusals(RefusalRenderer rendered, Consumer<Refusal> counter)
    implements RefusalRenderer {
  @Override
  public Reply render(Refusal refusal, String path, RequestId requestId) {
    counter.accept(refusal);
    return rendered.render(refusal, path, requestId);
  }
}
