package dev.tollgate.app;

import dev.tollgate.dialect.Dialects;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import io.netty.handler.codec.http.HttpHeaderNames;

/** Renders refusals in the dialect of their path, with the headers that go with them. */
final class Refusals implements RefusalRenderer {
  private final Dialects dialects;

  Refusals(Dialects dialects) {
    this.dialects = dialects;
  }

  @Override
  public Reply render(Refusal refusal, String path, RequestId requestId) {
    byte[] body = dialects.errorsFor(path).render(refusal, requestId);
    Reply reply = Reply.of(refusal.status(), "application/json", body);
    Long retryAfterSeconds = refusal.retryAfterSeconds();
    if (retryAfterSeconds != null) {
      reply.with(HttpHeaderNames.RETRY_AFTER, retryAfterSeconds);
    }
    if (refusal instanceof Refusal.BudgetExceeded) {
      // Clients of OpenAI and Anthropic would else retry within seconds, for hours.
      reply.with("x-should-retry", "false");
    }
    if (refusal.status() == 401) {
      reply.with(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    return reply;
  }
}
