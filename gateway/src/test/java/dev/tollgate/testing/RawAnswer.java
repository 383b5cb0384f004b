package dev.tollgate.testing;

import dev.tollgate.testing.MessageHead.Field;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A whole answer, or what came of it.
 *
 * @param interims the 1xx heads that came before
 * @param body unchunked
 * @param end whether it is whole
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RawAnswer(
    List<MessageHead> interims,
    MessageHead head,
    byte[] body,
    List<Field> trailers,
    MessageBody.End end) {

  public int status() {
    return head.status();
  }

  public boolean isWhole() {
    return end == MessageBody.End.WHOLE;
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
