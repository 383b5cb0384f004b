package dev.tollgate.auth;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;

/** Who a request comes from, or why that is not known. */
public sealed interface Authentication {
  record Authenticated(KeyRef caller) implements Authentication {}

  record Rejected(Refusal refusal) implements Authentication {}
}
