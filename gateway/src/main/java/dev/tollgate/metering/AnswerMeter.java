package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts an answer as it passes. Fed the body's pieces in order, hands on what the client is to
 * get: the same bytes, but for a usage chunk that the client did not ask for. Holds back no more
 * than a bounded part of one event. Confined to one event loop.
 */
public interface AnswerMeter {
  /**
   * @param piece owned by the meter from here
   * @param out gets ownership of each buffer it is handed
   */
  void read(ByteBuf piece, Consumer<ByteBuf> out);

  /**
   * The answer has ended, whole or broken: what was held back is handed on, unless it was to be
   * dropped.
   */
  void end(Consumer<ByteBuf> out);

  /** What has been counted so far; final after {@link #end}. */
  Tally tally();

  /** The id under which the provider keeps the answer; null while, or where, it has not said. */
  default @Nullable String objectId() {
    return null;
  }

  /**
   * Whether what has come tells an answer from an error. Comments and frames around nothing do not;
   * a format of which nobody can say counts as told.
   */
  default boolean isTold() {
    return true;
  }

  /**
   * After {@link #end}: whether the body ended in the middle of its document. Its framing has been
   * kept, so that nobody else finds that it is not whole.
   */
  default boolean isCutOff() {
    return false;
  }

  /** Releases what is held back, when nobody wants it any more. Idempotent. */
  void discard();
}
