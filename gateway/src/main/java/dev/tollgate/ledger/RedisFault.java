package dev.tollgate.ledger;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.List;

/** What an error that Redis answered with says about the command. */
enum RedisFault {
  /**
   * It is no primary, or not any more: nothing has been changed, and another one has to be asked.
   */
  NOT_PRIMARY,
  /** It does not serve now, or not this key: nothing has been changed. */
  NOT_SERVING,
  /** Whether anything has been changed is not known. */
  UNKNOWN;

  private static final List<String> NOT_SERVING_CODES =
      List.of("CLUSTERDOWN", "LOADING", "TRYAGAIN", "MASTERDOWN", "BUSY", "MOVED", "ASK");

  /**
   * A role cannot change in the middle of a script, so a script that meets READONLY meets it at its
   * first write. Redis 6.2 puts the script's own words before it.
   */
  private static final String READ_ONLY = "READONLY You can't write against a read only";

  /** A redirection to a server that there is no connection to yet: it is not followed. */
  private static final String REJECTED = "Currently not connected. Commands are rejected.";

  static RedisFault of(Throwable error) {
    String message = error.getMessage();
    if (REJECTED.equals(message)) {
      return NOT_SERVING;
    }
    if (!(error instanceof RedisCommandExecutionException) || message == null) {
      return UNKNOWN;
    }
    if (message.contains(READ_ONLY)) {
      return NOT_PRIMARY;
    }
    int end = message.indexOf(' ');
    String code = end < 0 ? message : message.substring(0, end);
    return NOT_SERVING_CODES.contains(code) ? NOT_SERVING : UNKNOWN;
  }
}
