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
    return target.replaceFirst("[?#].*$", "");
  }

  /** Without its parameters; empty when there is none. */
  String contentType() {
    String type = head.field("content-type");
    return type == null ? "" : type.replaceFirst("[; ].*$", "");
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
