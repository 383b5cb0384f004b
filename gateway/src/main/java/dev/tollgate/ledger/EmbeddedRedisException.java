package dev.tollgate.ledger;

/** The embedded Redis cannot be started; the message says why, in words for an operator. */
public final class EmbeddedRedisException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public EmbeddedRedisException(String message) {
    super(message);
  }

  public EmbeddedRedisException(String message, Throwable cause) {
    super(message, cause);
  }
}
