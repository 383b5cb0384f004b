package dev.tollgate.ledger;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import java.util.Map;

/**
 * Something that a provider keeps for an account.
 *
 * @param owner the account that it belongs to, and the key that made it
 * @param id the provider's
 * @param provider by its name in the configuration
 * @param request the purchase that it came of, and that pays for it if anything does
 * @param facts what was to be remembered of it; empty once it is paid for
 * @param createdAtMillis Redis time, when the ledger heard of it
 * @param isPaidLater whether the hold of its request stays open until it is done
 * @param isPaid whether that has been settled, for good
 */
public record KeptObject(
    KeyRef owner,
    String id,
    ObjectKind kind,
    String provider,
    RequestId request,
    Map<String, String> facts,
    long createdAtMillis,
    boolean isPaidLater,
    boolean isPaid) {
  public KeptObject {
    facts = Map.copyOf(facts);
  }

  /** Whether it is still to be paid for. */
  public boolean isOwed() {
    return isPaidLater && !isPaid;
  }

  /** The fact of that name; empty where there is none. */
  public String fact(String name) {
    return facts.getOrDefault(name, "");
  }
}
