package dev.tollgate.cli;

import org.jspecify.annotations.Nullable;

/** A command could not do what it was asked; the message is for people, without a stack trace. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
