package dev.tollgate.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that come over one connection, remembered as they are read. For one thread, except
 * {@link #raw()} and {@link #bytesRead()}.
 */
public final class WireInput {
  private static final int HEAD_BYTES_MAX = 1 << 20;

  private final InputStream in;
  private final int rawBytesMax;
  private final ByteArrayOutputStream raw = new ByteArrayOutputStream();
  private long bytesRead;

  /**
   * @param rawBytesMax how many of the bytes are remembered, from the first on
   */
  public WireInput(InputStream in, int rawBytesMax) {
    this.in = new BufferedInputStream(in);
    this.rawBytesMax = rawBytesMax;
  }

  /**
   * Reads up to the empty line that ends a head.
   *
   * @return null when the stream ended before its first byte
   * @throws EOFException when it ended within the head
   */
  public @Nullable MessageHead head() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int lineBytes = 0;
    while (head.size() < HEAD_BYTES_MAX) {
      int next = read();
      if (next < 0) {
        if (head.size() == 0) {
          return null;
        }
        throw new EOFException("the stream ended within a head");
      }
      head.write(next);
      if (next == '\n') {
        if (lineBytes == 0 && head.size() > 2) {
          return MessageHead.parse(head.toByteArray());
        }
        lineBytes = 0;
      } else if (next != '\r') {
        lineBytes++;
      }
    }
    throw new ProtocolException("a head of more than " + HEAD_BYTES_MAX + " bytes");
  }

  /** One line without its end. */
  String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = read(); next != '\n'; next = read()) {
      if (next < 0 || line.size() >= HEAD_BYTES_MAX) {
        throw new EOFException("the stream ended within a line");
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  /** One byte, or -1 at the end of the stream. */
  public int read() throws IOException {
    int next = in.read();
    if (next >= 0) {
      remember(new byte[] {(byte) next}, 1);
    }
    return next;
  }

  /** What is there, at most so many bytes: at least one, or none at the end of the stream. */
  public byte[] read(int bytesMax) throws IOException {
    byte[] piece = new byte[bytesMax];
    int count = in.read(piece);
    if (count <= 0) {
      return new byte[0];
    }
    remember(piece, count);
    return count == bytesMax ? piece : Arrays.copyOf(piece, count);
  }

  private void remember(byte[] piece, int count) {
    synchronized (raw) {
      int room = rawBytesMax - raw.size();
      raw.write(piece, 0, Math.min(room, count));
      bytesRead += count;
    }
  }

  public byte[] raw() {
    synchronized (raw) {
      return raw.toByteArray();
    }
  }

  public long bytesRead() {
    synchronized (raw) {
      return bytesRead;
    }
  }
}
