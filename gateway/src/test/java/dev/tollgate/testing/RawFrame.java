package dev.tollgate.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A frame of HTTP/2 (RFC 9113, 4.1), right or wrong, for either side. */
public final class RawFrame {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 0x1;
  public static final int ACK = 0x1;
  public static final int END_HEADERS = 0x4;

  public static final int MAX_CONCURRENT_STREAMS = 3;
  public static final int INITIAL_WINDOW_SIZE = 4;
  public static final int MAX_HEADER_LIST_SIZE = 6;

  /** Of a connection and of a stream, until somebody says otherwise. */
  public static final int FIRST_WINDOW_BYTES = 65_535;

  private static final int HEAD_BYTES = 9;
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final int type;
  private final int flags;
  private final int stream;
  private final byte[] payload;

  /**
   * @param payload as it is on the wire, without the nine bytes before it; it is not copied
   */
  public RawFrame(int type, int flags, int stream, byte[] payload) {
    this.type = type;
    this.flags = flags;
    this.stream = stream;
    this.payload = payload;
  }

  /** What a client says first of all. */
  public static byte[] preface() {
    return PREFACE.clone();
  }

  /**
   * @throws EOFException where the other side has closed
   */
  public static RawFrame read(InputStream in) throws IOException {
    byte[] head = in.readNBytes(HEAD_BYTES);
    if (head.length < HEAD_BYTES) {
      throw new EOFException("closed");
    }
    ByteBuffer at = ByteBuffer.wrap(head);
    int length = (at.get() & 0xff) << 16 | (at.getShort() & 0xffff);
    int type = at.get();
    int flags = at.get();
    int stream = at.getInt();
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("closed in a frame");
    }
    return new RawFrame(type, flags, stream, payload);
  }

  /**
   * @param pairs of identifiers and values, in turn
   */
  public static RawFrame settings(int... pairs) {
    ByteBuffer payload = ByteBuffer.allocate(pairs.length / 2 * 6);
    for (int i = 0; i < pairs.length; i += 2) {
      payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
    }
    return new RawFrame(SETTINGS, 0, 0, payload.array());
  }

  /**
   * @param stream 0 for the connection's
   */
  public static RawFrame window(int stream, int bytes) {
    return new RawFrame(WINDOW_UPDATE, 0, stream, word(bytes));
  }

  public static byte[] word(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  public int type() {
    return type;
  }

  public int stream() {
    return stream;
  }

  public byte[] payload() {
    return payload;
  }

  public byte[] bytes() {
    return ByteBuffer.allocate(HEAD_BYTES + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** Its payload, to be read in parts. */
  public ByteBuffer words() {
    return ByteBuffer.wrap(payload);
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }
}
