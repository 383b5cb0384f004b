package dev.tollgate.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whole values of RESP2, one after the other, as they came over the wire. For one thread. */
final class RespInput {
  private static final int WORDS_MAX = 2;

  private final InputStream in;
  private final ByteArrayOutputStream raw = new ByteArrayOutputStream();
  private final List<String> words = new ArrayList<>();

  /**
   * @param words its first two strings: of a command, its name and its first argument
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Value(byte[] raw, List<String> words) {}

  RespInput(InputStream in) {
    this.in = new BufferedInputStream(in);
  }

  /**
   * @return null when the stream ended before its first byte
   * @throws EOFException when it ended within the value
   */
  @Nullable Value next() throws IOException {
    raw.reset();
    words.clear();
    int first = in.read();
    if (first < 0) {
      return null;
    }
    read(first);
    return new Value(raw.toByteArray(), List.copyOf(words));
  }

  private void read(int type) throws IOException {
    raw.write(type);
    switch (type) {
      case '+', '-', ':' -> line();
      case '$' -> string(Integer.parseInt(line()));
      case '*' -> {
        int count = Integer.parseInt(line());
        for (int i = 0; i < count; i++) {
          read(byteOf(in.read()));
        }
      }
      default -> throw new ProtocolException("no RESP2: " + type);
    }
  }

  private void string(int bytes) throws IOException {
    if (bytes < 0) {
      return;
    }
    byte[] text = in.readNBytes(bytes + 2);
    if (text.length < bytes + 2) {
      throw new EOFException();
    }
    raw.writeBytes(text);
    if (words.size() < WORDS_MAX) {
      words.add(new String(text, 0, bytes, StandardCharsets.UTF_8));
    }
  }

  /** The rest of a line, without its end. */
  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = byteOf(in.read()); next != '\n'; next = byteOf(in.read())) {
      raw.write(next);
      line.append((char) next);
    }
    raw.write('\n');
    return line.toString().stripTrailing();
  }

  private static int byteOf(int read) throws EOFException {
    if (read < 0) {
      throw new EOFException();
    }
    return read;
  }
}
