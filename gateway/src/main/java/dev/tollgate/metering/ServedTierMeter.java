package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Another meter, for an answer whose head names the service tier that served. Buffers belong to
 * whoever they belong to in the other meter.
 */
public final class ServedTierMeter implements AnswerMeter {
  private final AnswerMeter body;
  private final String tier;

  private ServedTierMeter(AnswerMeter body, String tier) {
    this.body = body;
    this.tier = tier;
  }

  /**
   * @param tier as the head has it; null where it has none
   */
  public static AnswerMeter of(AnswerMeter body, @Nullable String tier) {
    return tier == null || tier.isEmpty()
        ? body
        : new ServedTierMeter(body, ServiceTiers.named(tier));
  }

  @Override
  public void read(ByteBuf piece, Consumer<ByteBuf> out) {
    body.read(piece, out);
  }

  @Override
  public void end(Consumer<ByteBuf> out) {
    body.end(out);
  }

  /** What the body says of the tier comes later, and counts. */
  @Override
  public Tally tally() {
    Tally tally = body.tally();
    return tally.servedTier() != null
        ? tally
        : new Tally(
            tally.reported(),
            tally.inputKnown(),
            tally.counted(),
            tally.reasoningTokens(),
            tally.isStrange(),
            tally.isError(),
            tally.delivered(),
            tier,
            tally.object(),
            tally.pendingId(),
            tally.isListEmpty());
  }

  @Override
  public @Nullable String objectId() {
    return body.objectId();
  }

  @Override
  public boolean isTold() {
    return body.isTold();
  }

  @Override
  public boolean isCutOff() {
    return body.isCutOff();
  }

  @Override
  public void discard() {
    body.discard();
  }
}
