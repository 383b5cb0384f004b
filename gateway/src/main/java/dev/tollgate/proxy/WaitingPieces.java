package dev.tollgate.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * What of an answer has come and not gone to the client yet. Owns every piece that it is given,
 * until it hands it on or releases it. Confined to one event loop.
 */
final class WaitingPieces {
  private final Deque<ByteBuf> pieces = new ArrayDeque<>();
  private int bytes;

  /** Takes ownership. */
  void add(ByteBuf piece) {
    pieces.add(piece);
    bytes += piece.readableBytes();
  }

  int bytes() {
    return bytes;
  }

  /** Hands all on, in order, with their ownership. */
  void drainTo(Consumer<ByteBuf> out) {
    while (!pieces.isEmpty()) {
      out.accept(pieces.remove());
    }
    bytes = 0;
  }

  void release() {
    drainTo(ByteBuf::release);
  }

  /** Whether any of these words of ASCII is in it. Copies all that waits: for short answers. */
  boolean mentionsAny(List<String> words) {
    byte[] copy = new byte[bytes];
    int at = 0;
    for (ByteBuf piece : pieces) {
      int length = piece.readableBytes();
      piece.getBytes(piece.readerIndex(), copy, at, length);
      at += length;
    }
    String text = new String(copy, ISO_8859_1);
    return words.stream().anyMatch(text::contains);
  }
}
