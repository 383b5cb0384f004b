package dev.tollgate.api.customer;

import dev.tollgate.account.Fields;
import dev.tollgate.http.ServerRequest;
import org.jspecify.annotations.Nullable;

/** Reads the header of that name. */
final class IdempotencyKey {
  private static final String NAME = "Idempotency-Key";
  private static final int CHARACTERS_MAX = 255;

  private IdempotencyKey() {}

  /** Null where none was sent. */
  static @Nullable String of(ServerRequest request) {
    String key = request.headers().get(NAME);
    if (key != null
        && (key.isEmpty()
            || key.length() > CHARACTERS_MAX
            || key.chars().anyMatch(c -> c <= ' ' || c > '~'))) {
      throw new Fields.Fault(
          NAME, NAME + " must be 1 to " + CHARACTERS_MAX + " visible ASCII characters.");
    }
    return key;
  }
}
