package dev.tollgate.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** WebSocket frames (RFC 6455) byte by byte, for either side. */
public final class SocketFrames {
  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  private static final byte[] MASK = {0x37, (byte) 0xfa, 0x21, 0x3d};

  private SocketFrames() {}

  /** One frame, unmasked. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Frame(int opcode, boolean isFinal, boolean isMasked, byte[] payload) {
    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    /** Of a close; 1005 without one. */
    public int code() {
      return payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xffff;
    }

    public String reason() {
      return payload.length < 2
          ? ""
          : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
    }
  }

  public static byte[] closing(int code, String reason) {
    byte[] words = reason.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + words.length).putShort((short) code).put(words).array();
  }

  /** The bytes of one frame. */
  public static byte[] frame(int opcode, boolean isFinal, boolean isMasked, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream(payload.length + 14);
    frame.write((isFinal ? 0x80 : 0) | opcode);
    int mask = isMasked ? 0x80 : 0;
    if (payload.length < 126) {
      frame.write(mask | payload.length);
    } else if (payload.length < 1 << 16) {
      frame.write(mask | 126);
      frame.writeBytes(ByteBuffer.allocate(2).putShort((short) payload.length).array());
    } else {
      frame.write(mask | 127);
      frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    if (!isMasked) {
      frame.writeBytes(payload);
      return frame.toByteArray();
    }
    frame.writeBytes(MASK);
    frame.writeBytes(masked(payload, MASK));
    return frame.toByteArray();
  }

  /** The next frame; null when the stream ended before it. */
  public static @Nullable Frame read(WireInput in) throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    int second = one(in);
    long length = second & 0x7f;
    if (length >= 126) {
      length = ByteBuffer.wrap(padded(exactly(in, length == 126 ? 2 : 8))).getLong();
    }
    boolean isMasked = (second & 0x80) != 0;
    byte[] mask = isMasked ? exactly(in, 4) : new byte[4];
    byte[] payload = exactly(in, (int) length);
    return new Frame(
        first & 0xf, (first & 0x80) != 0, isMasked, isMasked ? masked(payload, mask) : payload);
  }

  private static byte[] padded(byte[] number) {
    byte[] eight = new byte[8];
    System.arraycopy(number, 0, eight, 8 - number.length, number.length);
    return eight;
  }

  private static byte[] masked(byte[] payload, byte[] mask) {
    byte[] masked = payload.clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] ^= mask[i % 4];
    }
    return masked;
  }

  private static int one(WireInput in) throws IOException {
    int next = in.read();
    if (next < 0) {
      throw new EOFException("the stream ended within a frame");
    }
    return next;
  }

  private static byte[] exactly(WireInput in, int count) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(count);
    while (bytes.size() < count) {
      byte[] piece = in.read(count - bytes.size());
      if (piece.length == 0) {
        throw new EOFException("the stream ended within a frame");
      }
      bytes.writeBytes(piece);
    }
    return bytes.toByteArray();
  }
}
