package dev.tollgate.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Connection} knows of the request it is at: how much of it has come, and the sink
 * that takes it. Hands a sink only what its contract lets it have; what a sink throws, this throws.
 */
final class OpenRequest {
  private OpenResponse response;
  private @Nullable RequestSink sink;
  private boolean complete;
  private long restBytes;
  private boolean announcing;
  private boolean writableMissed;

  /**
   * @param response the answer to it
   */
  OpenRequest(OpenResponse response) {
    this.response = response;
  }

  OpenResponse response() {
    return response;
  }

  /** Whether all of it has come. */
  boolean isComplete() {
    return complete;
  }

  /** How much of its body has come after its answer had ended. */
  long restBytes() {
    return restBytes;
  }

  /** All of it has come, or nothing more of it will be taken. */
  void complete() {
    complete = true;
  }

  /** Gives it its sink, and what the sink has missed meanwhile. */
  void attach(RequestSink taking) {
    sink = taking;
    if (writableMissed) {
      announceWritable();
    }
  }

  /** Takes over a piece of the body. */
  void body(ByteBuf piece, boolean last) {
    complete |= last;
    RequestSink to = sink;
    if (response.isEnded() || to == null) {
      restBytes += piece.readableBytes();
      piece.release();
      return;
    }
    if (piece.isReadable()) {
      to.onBody(piece);
    } else {
      piece.release();
    }
    if (last && !response.isEnded()) {
      to.onBodyEnd();
    }
  }

  /** A sink that writes and flushes in here may get through at once: no deeper, but round again. */
  void announceWritable() {
    writableMissed = true;
    RequestSink to = sink;
    if (announcing || to == null) {
      return;
    }
    announcing = true;
    try {
      while (writableMissed && !response.isEnded() && response.isWritable()) {
        writableMissed = false;
        to.onWritable();
      }
    } finally {
      announcing = false;
      writableMissed = false;
    }
  }

  /**
   * Parts with the sink, which is told, unless it has ended the response.
   *
   * @return the answer that may be given instead, by the server
   */
  OpenResponse abandon() {
    RequestSink to = sink;
    boolean open = !response.isEnded();
    response = response.replace();
    sink = null;
    if (open && to != null) {
      to.onClientGone();
    }
    return response;
  }
}
