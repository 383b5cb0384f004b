package dev.tollgate.http2;

import io.netty.buffer.ByteBuf;

/**
 * Walks over what a peer sends, frame by frame, before it is decoded: it knows whether a head is on
 * its way, and counts what is sent to keep us busy. Moves no index.
 */
public final class FrameWalk {
  private static final int PREFACE_BYTES = 24;
  private static final int FRAME_HEADER_BYTES = 9;
  private static final int LENGTH_BYTES = 3;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;

  private static final int END_STREAM = 0x1;
  private static final int END_HEADERS = 0x4;

  private long payloadLeft;
  private int headerBytes;
  private int length;
  private int type;
  private boolean inHead;
  private boolean headEnds;
  private boolean requestEnds;
  private int resets;
  private int controls;

  private FrameWalk(long prefaceBytes) {
    payloadLeft = prefaceBytes;
  }

  /** Over what a client sends: its first bytes are no frame. */
  public static FrameWalk ofClient() {
    return new FrameWalk(PREFACE_BYTES);
  }

  /** Over what a server sends. */
  public static FrameWalk ofServer() {
    return new FrameWalk(0);
  }

  /** The next bytes, all of which are looked at. */
  public void over(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      if (payloadLeft > 0) {
        int skipped = (int) Math.min(payloadLeft, end - at);
        at += skipped;
        payloadLeft -= skipped;
        endOfPayload();
      } else {
        header(bytes.getUnsignedByte(at++));
      }
    }
  }

  private void header(int octet) {
    if (headerBytes < LENGTH_BYTES) {
      length = headerBytes == 0 ? octet : length << 8 | octet;
    } else if (headerBytes == LENGTH_BYTES) {
      type = octet;
    } else if (headerBytes == LENGTH_BYTES + 1) {
      flags(octet);
    }
    headerBytes++;
    if (headerBytes == FRAME_HEADER_BYTES) {
      headerBytes = 0;
      payloadLeft = length;
      endOfPayload();
    }
  }

  private void flags(int flags) {
    switch (type) {
      case DATA -> controls += length == 0 && (flags & END_STREAM) == 0 ? 1 : 0;
      case HEADERS -> {
        inHead = true;
        headEnds = (flags & END_HEADERS) != 0;
        requestEnds = (flags & END_STREAM) != 0;
      }
      case CONTINUATION -> headEnds = (flags & END_HEADERS) != 0;
      case RST_STREAM -> resets++;
      case WINDOW_UPDATE -> {
        // As many as a peer that takes small pieces one by one needs.
      }
      default -> controls++;
    }
  }

  private void endOfPayload() {
    if (payloadLeft == 0 && inHead && headEnds) {
      inHead = false;
    }
  }

  /** Whether a part of a head has come, but not all of it. */
  public boolean isHeadBegun() {
    return inHead;
  }

  /** Whether nothing follows the head that came last. */
  public boolean isRequestWithoutBody() {
    return requestEnds;
  }

  /** RST_STREAM frames since this was asked last. */
  public int takeResets() {
    int taken = resets;
    resets = 0;
    return taken;
  }

  /** Frames that carry nothing of a message, since this was asked last. */
  public int takeControls() {
    int taken = controls;
    controls = 0;
    return taken;
  }
}
