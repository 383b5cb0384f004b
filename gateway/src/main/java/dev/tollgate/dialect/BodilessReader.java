package dev.tollgate.dialect;

import io.netty.buffer.ByteBuf;

/** For a request that says all in its path: whatever is in its body is the provider's business. */
final class BodilessReader implements PromptReader {
  @Override
  public void read(ByteBuf piece) {}

  @Override
  public Result end() {
    return new Result.Understood(Prompt.ofNothing());
  }
}
