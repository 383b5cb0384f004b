package dev.tollgate.ledger;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;

/**
 * The true cost of a request.
 *
 * @param kind the kind of its ledger entry, such as {@code debit_inference}
 * @param costNanoUsd what is charged: 0 to {@link Money#MAX_NANO_USD}, as are the other amounts
 * @param listNanoUsd what it would have cost without a multiplier
 * @param heldNanoUsd what the hold set aside, should Redis have forgotten it
 * @param facts what else the archive keeps of the request
 * @param object what it pays for: the id of something that a provider keeps for the account, which
 *     is so paid for once, for as long as the ledger knows it; empty for none
 */
public record Settlement(
    RequestId request,
    KeyRef key,
    String kind,
    long costNanoUsd,
    long listNanoUsd,
    long heldNanoUsd,
    Usage usage,
    RequestFacts facts,
    String object) {
  /** Of a request that leaves nothing behind. */
  public Settlement(
      RequestId request,
      KeyRef key,
      String kind,
      long costNanoUsd,
      long listNanoUsd,
      long heldNanoUsd,
      Usage usage,
      RequestFacts facts) {
    this(request, key, kind, costNanoUsd, listNanoUsd, heldNanoUsd, usage, facts, "");
  }

  public Settlement {
    requireAmount(costNanoUsd);
    requireAmount(listNanoUsd);
    requireAmount(heldNanoUsd);
  }

  private static void requireAmount(long nanoUsd) {
    if (nanoUsd < 0 || nanoUsd > Money.MAX_NANO_USD) {
      throw new IllegalArgumentException("not an amount to settle: " + nanoUsd);
    }
  }
}
