package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;
import org.jspecify.annotations.Nullable;

/**
 * Money booked by an operator, a payment or a plan.
 *
 * @param id the idempotency key: the same id is booked once; at most {@link #ID_CHARACTERS_MAX}
 * @param amountNanoUsd as its kind allows; below zero takes money out
 * @param reference free text for the books; may be empty
 * @param floorNanoUsd what the balance, less what is held, must not fall below; null where it is
 *     booked in any case
 */
public record Credit(
    String id,
    AccountId account,
    Kind kind,
    long amountNanoUsd,
    String reference,
    @Nullable Long floorNanoUsd) {
  public static final int ID_CHARACTERS_MAX = 255;

  /** Booked in any case. */
  public Credit(String id, AccountId account, Kind kind, long amountNanoUsd, String reference) {
    this(id, account, kind, amountNanoUsd, reference, null);
  }

  public Credit {
    if (id.isEmpty() || id.length() > ID_CHARACTERS_MAX) {
      throw new IllegalArgumentException("an id has 1 to " + ID_CHARACTERS_MAX + " characters");
    }
    boolean isRightSign = kind.maySubtract() ? amountNanoUsd != 0 : amountNanoUsd > 0;
    if (!isRightSign || Math.abs(amountNanoUsd) > Money.MAX_NANO_USD) {
      throw new IllegalArgumentException("not an amount of a " + kind.key() + ": " + amountNanoUsd);
    }
  }

  /** The kinds of entry that no request is charged for. */
  public enum Kind {
    TOPUP("topup", false),
    /** Comes with a top-up. */
    BONUS("bonus", false),
    SIGNUP_BONUS("signup_bonus", false),
    /** Above zero for a favour; below, money that went back to where it had been paid from. */
    REFUND("refund", true),
    ADJUSTMENT("adjustment", true),
    /** Below zero; above, what is left of the fee of a plan that was given up. */
    PLAN_FEE("plan_fee", true);

    private final String key;
    private final boolean maySubtract;

    Kind(String key, boolean maySubtract) {
      this.key = key;
      this.maySubtract = maySubtract;
    }

    /** Its name in the API and the events. */
    public String key() {
      return key;
    }

    /** Whether it may take money out. */
    public boolean maySubtract() {
      return maySubtract;
    }

    /**
     * @throws IllegalArgumentException when there is no such kind
     */
    public static Kind of(String key) {
      for (Kind kind : values()) {
        if (kind.key.equals(key)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("a credit of kind " + key);
    }
  }
}
