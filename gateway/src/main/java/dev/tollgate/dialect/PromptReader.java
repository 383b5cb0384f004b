package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import io.netty.buffer.ByteBuf;

/**
 * Reads a request's body without building a tree of it, piece by piece. Confined to one event loop.
 */
public interface PromptReader {
  /** Looks at the readable bytes; moves no index and releases nothing. */
  void read(ByteBuf piece);

  /** The body is complete: what it asks for, or why it cannot be served. */
  Result end();

  /** What the body says. */
  sealed interface Result {
    record Understood(Prompt prompt) implements Result {}

    record Refused(Refusal.InvalidRequest refusal) implements Result {}
  }
}
