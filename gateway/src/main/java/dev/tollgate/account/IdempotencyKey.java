package dev.tollgate.account;

import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** By what a caller, customer or operator, knows a request of his own again. */
public final class IdempotencyKey {
  private static final String NAME = "Idempotency-Key";
  private static final int CHARACTERS_MAX = 255;

  private IdempotencyKey() {}

  /**
   * Null where the request has none.
   *
   * @throws Fields.Fault when it is not 1 to 255 visible ASCII characters
   */
  public static @Nullable String of(HttpHeaders headers) {
    String key = headers.get(NAME);
    if (key != null
        && (key.isBlank()
            || key.length() > CHARACTERS_MAX
            || key.chars().anyMatch(c -> c <= ' ' || c > '~'))) {
      throw new Fields.Fault(
          NAME, NAME + " must be 1 to " + CHARACTERS_MAX + " visible ASCII characters.");
    }
    return key;
  }
}
