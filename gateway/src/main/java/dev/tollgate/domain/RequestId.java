package dev.tollgate.domain;

import java.util.regex.Pattern;

/**
 * Names one purchase: the {@code x-request-id} of the answer and the idempotency key in the ledger.
 */
public record RequestId(String value) {
  /** What {@link Ids#nextRequestId} makes, and the turns of a session. */
  private static final Pattern SYNTAX =
      Pattern.compile("req_[0-9a-hjkmnp-tv-z]{24}(-[1-9][0-9]{0,8})?");

  /** Whether a text can be the id of a request. */
  public static boolean isRequestId(String text) {
    return SYNTAX.matcher(text).matches();
  }

  /**
   * One of the purchases that are made within a session of this id, which is itself the first.
   *
   * @param number from 1
   */
  public RequestId turn(int number) {
    return number == 1 ? this : new RequestId(value + "-" + number);
  }

  @Override
  public String toString() {
    return value;
  }
}
