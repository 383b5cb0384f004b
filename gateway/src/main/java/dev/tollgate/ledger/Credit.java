package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;

/**
 * Money booked by an operator or a payment.
 *
 * @param id the idempotency key: the same id is booked once
 * @param amountNanoUsd positive, but for an {@code adjustment} which may be either
 * @param reference free text for the books; may be empty
 */
public record Credit(
    String id, AccountId account, Kind kind, long amountNanoUsd, String reference) {
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
