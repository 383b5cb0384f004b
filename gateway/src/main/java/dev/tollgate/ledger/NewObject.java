package dev.tollgate.ledger;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import java.util.Map;

/**
 * Something that a provider has begun to keep for an account, as it is told to the ledger.
 *
 * @param owner the account that it belongs to, and the key that made it
 * @param id the provider's
 * @param provider by its name in the configuration
 * @param request the purchase that it came of, and that pays for it if anything does
 * @param purpose of a file, to list it by; empty for none
 * @param facts what else is to be remembered of it until it is paid for; no secret, no content, no
 *     line breaks
 * @param keptMillis for how long
 * @param countMax of its kind; what is older is forgotten. 0 for any number
 */
public record NewObject(
    KeyRef owner,
    String id,
    ObjectKind kind,
    String provider,
    RequestId request,
    String purpose,
    Map<String, String> facts,
    Payment payment,
    long keptMillis,
    int countMax) {

  /** How it is paid for. */
  public sealed interface Payment {
    /** Not at all. */
    record None() implements Payment {}

    /** By its request, when that ends. */
    record ByRequest() implements Payment {}

    /**
     * By its request, whose hold stays open until somebody settles it.
     *
     * @param leaseMillis how long the hold lives without a word of the object
     */
    record Later(long leaseMillis) implements Payment {}
  }

  public NewObject {
    facts = Map.copyOf(facts);
    if (id.isEmpty() || keptMillis < 1 || countMax < 0) {
      throw new IllegalArgumentException("an object without an id, a time or a bound: " + id);
    }
  }

  boolean isPaidLater() {
    return payment instanceof Payment.Later;
  }
}
