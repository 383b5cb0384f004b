package dev.tollgate.http;

import dev.tollgate.domain.Refusal;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * A request that cannot be served as it stands; the connection ends with the answer to it.
 *
 * @param status of the answer, where HTTP has a closer word than the refusal's own
 */
record Malformed(HttpResponseStatus status, Refusal refusal) {
  /** For what is no fault of the request's. */
  static final Malformed INTERNAL_ERROR =
      new Malformed(HttpResponseStatus.INTERNAL_SERVER_ERROR, new Refusal.InternalError());

  static Malformed of(HttpResponseStatus status, String message) {
    return new Malformed(status, new Refusal.MalformedRequest(message));
  }

  static Malformed bad(String message) {
    return of(HttpResponseStatus.BAD_REQUEST, message);
  }

  static Malformed headTooLarge(HttpResponseStatus status, String message) {
    return new Malformed(status, new Refusal.HeadTooLarge(message));
  }
}
