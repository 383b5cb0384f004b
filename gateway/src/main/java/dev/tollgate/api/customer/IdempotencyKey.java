package dev.tollgate.api.customer;

import dev.tollgate.account.Fields;
import dev.tollgate.http.ServerRequest;
import org.jspecify.annotations.Nullable;

/** By what a caller knows a request of his own again. */
final class IdempotencyKey {
  private static final String NAME = "Idempotency-Key";
  private static final int CHARACTERS_MAX = 255;

  private IdempotencyKey() {}

  /** Null where the request has none. */
  static @Nullable String of(ServerRequest request) {
    String key = request.headers().get(NAME);
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
