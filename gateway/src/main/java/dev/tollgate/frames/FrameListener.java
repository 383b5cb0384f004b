package dev.tollgate.frames;

import io.netty.handler.codec.http.websocketx.WebSocketFrame;

/** Hears what one side of a WebSocket sends, on its event loop. */
public interface FrameListener {
  /**
   * A whole frame, of data, a ping or a pong; fragments of a message as they came. The listener
   * owns it and releases it.
   */
  void onFrame(WebSocketFrame frame);

  /** What could be read at once has been handed over: a good moment to flush. */
  void onReadComplete();

  /** It takes more again, after {@link FrameSide#isWritable()} had turned false. */
  void onWritable();

  /**
   * The last that is heard of this side.
   *
   * @param how the side has ended
   */
  void onEnd(SideEnd how);
}
