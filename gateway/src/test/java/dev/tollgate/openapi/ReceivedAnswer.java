package dev.tollgate.openapi;

import dev.tollgate.testing.MessageHead;
import org.jspecify.annotations.Nullable;

/**
 * An answer to a client.
 *
 * @param method that was asked with
 * @param target that was asked for, perhaps with a query
 * @param body unchunked; null where it was not read to its end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ReceivedAnswer(
    String method, String target, MessageHead head, byte @Nullable [] body) {
  int status() {
    return head.status();
  }

  String path() {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /** Without its parameters; empty when there is none. */
  String contentType() {
    String type = head.field("content-type");
    int parameters = type == null ? -1 : type.indexOf(';');
    return type == null ? "" : parameters < 0 ? type : type.substring(0, parameters).strip();
  }

  /** The provider's own: it says under which name the provider knows it. */
  boolean isPassedOn() {
    return head.field("x-upstream-request-id") != null;
  }

  @Override
  public String toString() {
    return method + " " + target + " " + status();
  }
}
