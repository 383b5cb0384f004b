package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import io.netty.buffer.ByteBuf;
import java.util.function.UnaryOperator;

/**
 * Reads a request's body without building a tree of it, piece by piece. Confined to one event loop.
 */
public interface PromptReader {
  /** Looks at the readable bytes; moves no index and releases nothing. */
  void read(ByteBuf piece);

  /** The body is complete: what it asks for, or why it cannot be served. */
  Result end();

  /** This reader, for requests that say more than their fields do. */
  default PromptReader then(UnaryOperator<Prompt> conclusion) {
    PromptReader reader = this;
    return new PromptReader() {
      @Override
      public void read(ByteBuf piece) {
        reader.read(piece);
      }

      @Override
      public Result end() {
        return switch (reader.end()) {
          case Result.Understood(Prompt prompt) -> new Result.Understood(conclusion.apply(prompt));
          case Result.Refused refused -> refused;
        };
      }
    };
  }

  /** What the body says. */
  sealed interface Result {
    record Understood(Prompt prompt) implements Result {}

    record Refused(Refusal.InvalidRequest refusal) implements Result {}
  }
}
