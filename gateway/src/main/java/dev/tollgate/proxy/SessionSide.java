package dev.tollgate.proxy;

import dev.tollgate.frames.FrameSide;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One side of a Realtime session: the frames that have come from it and have not been passed on, in
 * their order, and what may still be said to it. Confined to its event loop.
 *
 * <p>Buffers: a frame is this side's from {@link #add} until it has been passed, or the side ends.
 */
final class SessionSide {
  /** Passes on what has come. */
  @FunctionalInterface
  interface Passing {
    /**
     * @param isNew whether it is the first time that this frame is asked about
     * @return whether the frame has been dealt with, and its buffer is somebody else's; if not, it
     *     is asked about again
     */
    boolean pass(WebSocketFrame frame, boolean isNew);
  }

  private final Passing passing;
  private final Deque<WebSocketFrame> waiting = new ArrayDeque<>();
  private boolean isFirstSeen;
  private boolean isPumping;
  private boolean isMidMessage;
  private boolean isOver;

  @SuppressWarnings("NullAway.Init") // opened before the first frame
  private FrameSide frames;

  SessionSide(Passing passing) {
    this.passing = passing;
  }

  void open(FrameSide opened) {
    frames = opened;
  }

  static boolean isControl(WebSocketFrame frame) {
    return frame instanceof PingWebSocketFrame || frame instanceof PongWebSocketFrame;
  }

  // ---- from it

  void add(WebSocketFrame frame) {
    waiting.add(frame);
  }

  /**
   * Passes on what may be.
   *
   * @return false when that is going on already
   */
  boolean pump() {
    if (isPumping) {
      return false;
    }
    isPumping = true;
    try {
      while (!isOver && !waiting.isEmpty()) {
        WebSocketFrame frame = waiting.remove();
        boolean isNew = !isFirstSeen;
        isFirstSeen = true;
        if (!passing.pass(frame, isNew)) {
          waiting.addFirst(frame);
          break;
        }
        isFirstSeen = false;
      }
    } finally {
      isPumping = false;
    }
    if (isOver) {
      releaseWaiting();
    }
    return true;
  }

  boolean hasWaiting() {
    return !waiting.isEmpty();
  }

  /** The frame that was asked about, and has to wait; null for none. */
  @Nullable WebSocketFrame heldUp() {
    return isFirstSeen ? waiting.peek() : null;
  }

  /** Forgets {@link #heldUp()}. */
  void skip() {
    waiting.remove().release();
    isFirstSeen = false;
  }

  /** It is read while nothing of it waits, and the other side keeps up, or is no more. */
  void readFor(SessionSide other) {
    if (!isOver) {
      frames.setReading(waiting.isEmpty() && (other.isOver || other.frames.isWritable()));
    }
  }

  // ---- towards it

  /** Takes ownership of the frame. Not flushed by itself. */
  void write(WebSocketFrame frame) {
    if (!isControl(frame)) {
      isMidMessage = !frame.isFinalFragment();
    }
    if (isOver) {
      frame.release();
    } else {
      frames.write(frame);
    }
  }

  /** Whether it waits for the rest of a message. */
  boolean isMidMessage() {
    return isMidMessage;
  }

  void flush() {
    frames.flush();
  }

  // ---- its end

  boolean isOver() {
    return isOver;
  }

  /** It has ended by itself. */
  void end() {
    isOver = true;
    releaseWaiting();
  }

  /** Ends it, unless it has ended. */
  void close(int code, String reason) {
    if (!isOver) {
      end();
      frames.close(code, reason);
    }
  }

  /** The same, without waiting for its answer to a close that it may have got already. */
  void closeAtOnce(int code, String reason) {
    frames.closeAtOnce(code, reason);
  }

  private void releaseWaiting() {
    while (!waiting.isEmpty()) {
      waiting.remove().release();
    }
  }
}
