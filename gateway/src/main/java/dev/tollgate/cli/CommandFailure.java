package dev.tollgate.cli;

import org.jspecify.annotations.Nullable;

/** A command could not do what it was asked; the message is for people, without a stack trace. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Says what failed, and why as far as the causes know in words of their own. */
  static CommandFailure of(String what, Throwable failure) {
    StringBuilder message = new StringBuilder(what);
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String why = cause.getMessage();
      boolean quotesItsCause =
          why != null && cause.getCause() != null && why.equals(cause.getCause().toString());
      if (why != null && !quotesItsCause && message.indexOf(why) < 0) {
        message.append(": ").append(why);
      }
    }
    return new CommandFailure(message.toString(), failure);
  }
}
