package dev.tollgate.domain;

import java.util.regex.Pattern;

/**
 * Names one purchase: the {@code x-request-id} of the answer and the idempotency key in the ledger.
 */
public record RequestId(String value) {
  /** What {@link Ids#nextRequestId} makes. */
  private static final Pattern SYNTAX = Pattern.compile("req_[0-9a-hjkmnp-tv-z]{24}");

  /** Whether a text can be the id of a request. */
  public static boolean isRequestId(String text) {
    return SYNTAX.matcher(text).matches();
  }

  @Override
  public String toString() {
    return value;
  }
}
