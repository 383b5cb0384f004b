package dev.tollgate.proxy;

import dev.tollgate.dialect.PromptReader;
import dev.tollgate.domain.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * A request's body as it arrives: read by the dialect and kept, uncopied unless it comes in tiny
 * pieces, to be sent on. Owns its pieces until {@link #take()} hands them over; {@link #discard()}
 * releases what is still here.
 */
final class IncomingBody {
  /** So many pieces at the end are made one, so that a body of tiny ones is copied only once. */
  private static final int PIECES_JOINED = 1024;

  private final PromptReader reader;
  private final BodyMemory memory;
  private final ProxySettings settings;
  private final CompositeByteBuf pieces = Unpooled.compositeBuffer(Integer.MAX_VALUE);
  private int joinedPieces;
  private int takenBytes;
  private @Nullable Refusal refusal;

  IncomingBody(PromptReader reader, BodyMemory memory, ProxySettings settings) {
    this.reader = reader;
    this.memory = memory;
    this.settings = settings;
  }

  /** Takes ownership of the piece. Once a bound has been passed, pieces are dropped. */
  void add(ByteBuf piece) {
    int bytes = piece.readableBytes();
    if (refusal == null && takenBytes + (long) bytes > settings.bodyBytesMax()) {
      fail(new Refusal.BodyTooLarge(settings.bodyBytesMax()));
    } else if (refusal == null && !memory.take(bytes, settings.bodiesBytesMax())) {
      fail(new Refusal.Overloaded("Too many request bodies are being received at the moment."));
    }
    if (refusal != null || bytes == 0) {
      piece.release();
      return;
    }
    takenBytes += bytes;
    reader.read(piece);
    pieces.addComponent(true, piece);
    if (pieces.numComponents() - joinedPieces == PIECES_JOINED) {
      pieces.consolidate(joinedPieces, PIECES_JOINED);
      joinedPieces++;
    }
  }

  /** Why the body will not be taken, as soon as that is known; null while it is fine. */
  @Nullable Refusal refusal() {
    return refusal;
  }

  PromptReader.Result end() {
    return reader.end();
  }

  /** The whole body, from here on the caller's; its bytes still count until {@link #discard()}. */
  ByteBuf take() {
    return pieces.retainedSlice();
  }

  /** Releases what is here and gives the memory back. Idempotent. */
  void discard() {
    if (pieces.refCnt() > 0) {
      pieces.release();
    }
    memory.giveBack(takenBytes);
    takenBytes = 0;
  }

  private void fail(Refusal why) {
    refusal = why;
    pieces.clear();
    pieces.removeComponents(0, pieces.numComponents());
    joinedPieces = 0;
    memory.giveBack(takenBytes);
    takenBytes = 0;
  }
}
