package dev.tollgate.ledger;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Spelling;

/**
 * What to set aside.
 *
 * @param quoteNanoUsd the most it can cost at list price, not negative; the account's multiplier is
 *     applied in the script. A quote beyond what the ledger counts exactly is refused, never held
 * @param quoteTokens the most tokens it can use
 * @param model as the customer named it; empty where there is none
 * @param leaseMillis how long the hold lives without a word from its gateway
 * @param terms how the amount follows from the quote
 */
public record HoldRequest(
    RequestId request,
    KeyRef key,
    long quoteNanoUsd,
    long quoteTokens,
    String model,
    long leaseMillis,
    Terms terms) {
  /** How the amount to set aside follows from the quote. */
  public enum Terms {
    /** Times the account's multiplier. */
    LIST,
    /** Times the account's multiplier, rounded up to whole cents. */
    CENTS,
    /** As it is. */
    FINAL;

    /** As the script knows it. */
    String key() {
      return Spelling.of(this);
    }
  }

  /** At list price. */
  public HoldRequest(
      RequestId request,
      KeyRef key,
      long quoteNanoUsd,
      long quoteTokens,
      String model,
      long leaseMillis) {
    this(request, key, quoteNanoUsd, quoteTokens, model, leaseMillis, Terms.LIST);
  }

  public HoldRequest {
    if (quoteNanoUsd < 0 || quoteTokens < 0 || leaseMillis < 0) {
      throw new IllegalArgumentException("negative quote or lease of " + request);
    }
  }
}
