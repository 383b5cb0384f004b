package dev.tollgate.testing;

import dev.tollgate.testing.MessageHead.Field;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The body that follows a head, unchunked as it is read. For one thread. */
public final class MessageBody {
  /** How a body came to its end. */
  public enum End {
    NOT_YET,
    WHOLE,
    /** The connection ended or was reset before the body was complete. */
    CUT_OFF,
    /** What came was no chunk. */
    MALFORMED
  }

  private enum Framing {
    SIZED,
    CHUNKED,
    UNTIL_CLOSE
  }

  private final WireInput input;
  private final Framing framing;
  private final List<Field> trailers = new ArrayList<>();
  private final List<Integer> chunkSizes = new ArrayList<>();

  /** Bytes to come of the body, or of the present chunk. */
  private long left;

  private boolean isWithinChunk;
  private End end = End.NOT_YET;

  private MessageBody(WireInput input, Framing framing, long left) {
    this.input = input;
    this.framing = framing;
    this.left = left;
    if (framing == Framing.SIZED && left == 0) {
      end = End.WHOLE;
    }
  }

  public static MessageBody ofRequest(MessageHead head, WireInput input) {
    return of(head, input, new MessageBody(input, Framing.SIZED, 0));
  }

  /**
   * @param isBodiless whether the answer has no body whatever its head says: to {@code HEAD}
   */
  public static MessageBody ofAnswer(MessageHead head, WireInput input, boolean isBodiless) {
    int status = head.status();
    if (isBodiless || status < 200 || status == 204 || status == 304) {
      return new MessageBody(input, Framing.SIZED, 0);
    }
    return of(head, input, new MessageBody(input, Framing.UNTIL_CLOSE, 0));
  }

  private static MessageBody of(MessageHead head, WireInput input, MessageBody otherwise) {
    String coding = head.field("transfer-encoding");
    String length = head.field("content-length");
    if (coding != null && coding.equalsIgnoreCase("chunked")) {
      return new MessageBody(input, Framing.CHUNKED, 0);
    }
    return length == null
        ? otherwise
        : new MessageBody(input, Framing.SIZED, Long.parseLong(length));
  }

  /** The next piece, at most so many bytes; empty once the body has ended, see {@link #end()}. */
  public byte[] next(int bytesMax) {
    if (end != End.NOT_YET) {
      return new byte[0];
    }
    try {
      return readNext(bytesMax);
    } catch (IOException broken) {
      end = End.CUT_OFF;
      return new byte[0];
    } catch (NumberFormatException noSize) {
      end = End.MALFORMED;
      return new byte[0];
    }
  }

  private byte[] readNext(int bytesMax) throws IOException {
    if (framing == Framing.UNTIL_CLOSE) {
      byte[] piece = input.read(bytesMax);
      end = piece.length == 0 ? End.WHOLE : End.NOT_YET;
      return piece;
    }
    if (framing == Framing.CHUNKED && left == 0 && !startChunk()) {
      return new byte[0];
    }
    byte[] piece = input.read((int) Math.min(bytesMax, left));
    if (piece.length == 0) {
      throw new EOFException("the stream ended within a body");
    }
    left -= piece.length;
    if (framing == Framing.SIZED && left == 0) {
      end = End.WHOLE;
    }
    return piece;
  }

  /**
   * @return false after the last chunk and its trailers
   */
  private boolean startChunk() throws IOException {
    if (isWithinChunk && !input.line().isEmpty()) {
      throw new NumberFormatException("no line end after a chunk");
    }
    String line = input.line();
    int extension = line.indexOf(';');
    left = Long.parseLong(extension < 0 ? line : line.substring(0, extension).strip(), 16);
    isWithinChunk = true;
    if (left > 0) {
      chunkSizes.add((int) left);
      return true;
    }
    for (String trailer = input.line(); !trailer.isEmpty(); trailer = input.line()) {
      trailers.add(MessageHead.parseField(trailer));
    }
    end = End.WHOLE;
    return false;
  }

  /** All that is still to come, up to the end or to a break. */
  public byte[] rest() {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    while (end == End.NOT_YET) {
      rest.writeBytes(next(1 << 16));
    }
    return rest.toByteArray();
  }

  public End end() {
    return end;
  }

  public List<Field> trailers() {
    return List.copyOf(trailers);
  }

  /** The sizes of the chunks so far; empty for a body that is not chunked. */
  public List<Integer> chunkSizes() {
    return List.copyOf(chunkSizes);
  }
}
