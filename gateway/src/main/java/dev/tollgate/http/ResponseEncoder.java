package dev.tollgate.http;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Makes bytes of responses. The answer to {@code HEAD} has the headers of a body, but no body. */
final class ResponseEncoder extends HttpResponseEncoder {
  private boolean answersHead;

  /** Says what the next responses answer. */
  void answersHead(boolean head) {
    answersHead = head;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse response) {
    return answersHead || super.isContentAlwaysEmpty(response);
  }
}
