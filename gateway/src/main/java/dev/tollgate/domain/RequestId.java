package dev.tollgate.domain;

/**
 * Names one purchase: the {@code x-request-id} of the answer and the idempotency key in the ledger.
 */
public record RequestId(String value) {
  @Override
  public String toString() {
    return value;
  }
}
