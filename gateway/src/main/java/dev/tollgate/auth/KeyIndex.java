package dev.tollgate.auth;

import dev.tollgate.domain.KeyRef;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Where keys are known by their SHA-256. The wiring points it at the ledger. */
@FunctionalInterface
public interface KeyIndex {
  /**
   * @param sha256Hex 64 lower-case hex digits
   */
  CompletionStage<Optional<KeyRef>> find(String sha256Hex);
}
