package dev.tollgate.domain;

/** Names an account: {@code acct_} and 20 characters of base 32. Not a secret. */
public record AccountId(String value) {
  @Override
  public String toString() {
    return value;
  }
}
