package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads one segment from its beginning, as far as it is whole. Blocks when it is opened. */
@Blocking
final class JournalReader {
  private final ByteBuf bytes;

  private JournalReader(byte[] bytes) {
    this.bytes = Unpooled.wrappedBuffer(bytes);
  }

  /** A segment that is being written to is read as far as it has come. */
  static JournalReader open(Path file) throws IOException {
    JournalReader reader = new JournalReader(Files.readAllBytes(file));
    reader.bytes.skipBytes(Math.min(JournalSegment.HEAD_BYTES, reader.bytes.readableBytes()));
    return reader;
  }

  /**
   * The next record; null at the end and where something is damaged.
   *
   * @throws IllegalArgumentException when it is whole but of a newer version
   */
  @Nullable JournalFrame next() {
    int length = payloadBytesAt(bytes.readerIndex());
    if (length < 0) {
      return null;
    }
    bytes.skipBytes(JournalCodec.HEAD_BYTES);
    return JournalCodec.read(bytes.readSlice(length));
  }

  boolean isAtEnd() {
    return !bytes.isReadable();
  }

  /** Goes on at that byte. */
  void seek(int offset) {
    bytes.readerIndex(offset);
  }

  /** How far the file is whole. */
  int offset() {
    return bytes.readerIndex();
  }

  int bytesLeft() {
    return bytes.readableBytes();
  }

  /**
   * Looks for a whole record behind the damage that {@link #next} met, and goes there.
   *
   * @return whether there is one
   */
  boolean skipDamage() {
    for (int at = bytes.readerIndex() + 1; at < bytes.writerIndex(); at++) {
      if (payloadBytesAt(at) >= 0) {
        bytes.readerIndex(at);
        return true;
      }
    }
    return false;
  }

  /** Of a whole record there; -1 where there is none. */
  private int payloadBytesAt(int index) {
    int room = bytes.writerIndex() - index - JournalCodec.HEAD_BYTES;
    if (room < JournalCodec.PAYLOAD_BYTES_MIN) {
      return -1;
    }
    int length = bytes.getInt(index);
    boolean isLength =
        length >= JournalCodec.PAYLOAD_BYTES_MIN
            && length <= Math.min(room, JournalCodec.PAYLOAD_BYTES_MAX);
    return isLength
            && bytes.getInt(index + 4)
                == JournalCodec.crc32c(bytes, index + JournalCodec.HEAD_BYTES, length)
        ? length
        : -1;
  }
}
