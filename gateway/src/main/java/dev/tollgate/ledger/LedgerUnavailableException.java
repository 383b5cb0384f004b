package dev.tollgate.ledger;

import io.lettuce.core.RedisCommandExecutionException;
import org.jspecify.annotations.Nullable;

/** Redis was not reached, or did not answer in time: whether the act took effect is not known. */
public final class LedgerUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean isUnsent;

  public LedgerUnavailableException(String message) {
    this(message, false);
  }

  public LedgerUnavailableException(String message, Throwable cause) {
    super(message, cause);
    this.isUnsent = false;
  }

  private LedgerUnavailableException(String message, boolean isUnsent) {
    super(message);
    this.isUnsent = isUnsent;
  }

  /** Whether Redis is there but a script fails: trying again at once is of no use. */
  static boolean isFaultOfScript(@Nullable Throwable failure) {
    Throwable cause = failure instanceof LedgerUnavailableException ? failure.getCause() : failure;
    String message = cause == null ? null : cause.getMessage();
    return cause instanceof RedisCommandExecutionException
        && message != null
        && (message.startsWith("ERR") || message.startsWith("WRONGTYPE"));
  }

  /** Redis was not even asked: the act has not taken effect, and will not. */
  public static LedgerUnavailableException unsent(String message) {
    return new LedgerUnavailableException(message, true);
  }

  /** Whether it is certain that the act has not taken effect. */
  public boolean isUnsent() {
    return isUnsent;
  }
}
