package dev.tollgate.ledger;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run as the ledger knows it, long after its hold has ended: an object of the kind {@code run}
 * and the hold that pays for it.
 *
 * @param owner the account, and the key that alone may end it
 * @param facts what it is about
 * @param createdAtMillis Redis time
 * @param leftNanoUsd what is still set aside
 * @param deadlineMillis when the lease of its hold ends; 0 when nothing is held
 * @param parts how many have been charged
 * @param partsNanoUsd what they come to
 * @param end what was charged at its end; null before it, and where it was given back
 * @param part the part that was asked for; null where that has not been charged
 */
public record HeldRun(
    KeyRef owner,
    String id,
    RequestId request,
    Map<String, String> facts,
    long createdAtMillis,
    State state,
    long leftNanoUsd,
    long deadlineMillis,
    int parts,
    long partsNanoUsd,
    @Nullable Charged end,
    @Nullable Charged part) {
  public HeldRun {
    facts = Map.copyOf(facts);
  }

  /** How far it has come. */
  public enum State {
    HELD,
    /** Nobody has renewed its hold in time: nothing is held, and it may still be charged. */
    EXPIRED,
    SETTLED,
    RELEASED
  }

  /**
   * What was charged, as it was answered first.
   *
   * @param nanoUsd in all
   * @param adjustedNanoUsd the part of it beyond the hold
   * @param balanceNanoUsd after it
   * @param tokens for which; below 0 where that is not known, after a restore
   */
  public record Charged(long nanoUsd, long adjustedNanoUsd, long balanceNanoUsd, long tokens) {}

  /** The fact of that name; empty where there is none. */
  public String fact(String name) {
    return facts.getOrDefault(name, "");
  }
}
