package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;

/**
 * Money booked by an operator or a payment.
 *
 * @param id the idempotency key: the same id is booked once; at most {@link #ID_CHARACTERS_MAX}
 * @param amountNanoUsd positive, but for an {@code adjustment} which may be either
 * @param reference free text for the books; may be empty
 */
public record Credit(
    String id, AccountId account, Kind kind, long amountNanoUsd, String reference) {
  public static final int ID_CHARACTERS_MAX = 255;

  public Credit {
    if (id.isEmpty() || id.length() > ID_CHARACTERS_MAX) {
      throw new IllegalArgumentException("an id has 1 to " + ID_CHARACTERS_MAX + " characters");
    }
    boolean isRightSign = kind == Kind.ADJUSTMENT ? amountNanoUsd != 0 : amountNanoUsd > 0;
    if (!isRightSign || Math.abs(amountNanoUsd) > Money.MAX_NANO_USD) {
      throw new IllegalArgumentException("not an amount of a " + kind.key() + ": " + amountNanoUsd);
    }
  }

  /** The kinds of entry that bring money in. */
  public enum Kind {
    TOPUP("topup"),
    SIGNUP_BONUS("signup_bonus"),
    REFUND("refund"),
    ADJUSTMENT("adjustment");

    private final String key;

    Kind(String key) {
      this.key = key;
    }

    /** Its name in the API and the events. */
    public String key() {
      return key;
    }
  }
}
