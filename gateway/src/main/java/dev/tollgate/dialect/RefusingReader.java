package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import io.netty.buffer.ByteBuf;

/** For a body that is of the wrong kind: what is in it does not matter. */
final class RefusingReader implements PromptReader {
  private final Refusal.InvalidRequest refusal;

  /**
   * @param why what is wrong with it, for the client
   */
  RefusingReader(String why) {
    this.refusal = new Refusal.InvalidRequest(why, null);
  }

  @Override
  public void read(ByteBuf piece) {}

  @Override
  public Result end() {
    return new Result.Refused(refusal);
  }
}
