package dev.tollgate.domain;

/** Names a bearer key without being it: {@code key_} and 20 characters of base 32. */
public record KeyId(String value) {
  @Override
  public String toString() {
    return value;
  }
}
