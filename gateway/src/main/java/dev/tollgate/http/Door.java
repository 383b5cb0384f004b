package dev.tollgate.http;

import java.util.concurrent.CompletionStage;

/** Answers a request whose whole body has come. */
@FunctionalInterface
public interface Door {
  /**
   * Called on the event loop, which it must not block.
   *
   * @param body empty when none was sent; the door's own
   * @return the answer, completed on any thread. A failure of it, like an exception, is a bug: it
   *     is logged under the request id, and the client is told {@code internal_error}
   */
  CompletionStage<Reply> answer(ServerRequest request, Query query, byte[] body);
}
