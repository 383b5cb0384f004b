package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.domain.Refusal;
import dev.tollgate.media.FormBoundary;
import dev.tollgate.media.FormBounds;
import dev.tollgate.media.FormListener;
import dev.tollgate.media.FormPart;
import dev.tollgate.media.FormScanner;
import dev.tollgate.metering.ByteWindows;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads a form that brings a file: its purpose and its length, and what its lines ask for, should
 * it become the input of a batch. Neither may come twice: the provider might take the other one.
 * Owns no buffer.
 */
final class UploadReader implements PromptReader, FormListener {
  private static final String FILE = "file";
  private static final String PURPOSE = "purpose";
  private static final int PURPOSE_BYTES_MAX = 64;

  private final FormScanner scanner;
  private final ByteWindows.Scan scan;
  private final BatchLineReader lines;
  private final byte[] purpose = new byte[PURPOSE_BYTES_MAX];
  private int purposeBytes;
  private boolean hasPurpose;
  private boolean hasFile;
  private long fileBytes;
  private String name = "";
  private Refusal.@Nullable InvalidRequest refusal;

  private UploadReader(byte[] boundary, int depthMax) {
    this.scanner = new FormScanner(boundary, FormBounds.DEFAULT, this);
    this.scan = scanner::scan;
    this.lines = new BatchLineReader(depthMax);
  }

  /** For a request of that content type: one that refuses, where it is no form. */
  static PromptReader of(String contentType, int depthMax) {
    byte[] boundary = FormBoundary.isForm(contentType) ? FormBoundary.of(contentType) : null;
    return boundary == null
        ? new RefusingReader("The body must be a form, multipart/form-data, with its boundary.")
        : new UploadReader(boundary, depthMax);
  }

  @Override
  public void read(ByteBuf piece) {
    ByteWindows.over(piece, scan);
  }

  @Override
  public void begin(FormPart part, long offset) {
    name = part.name();
    if (name.equals(FILE)) {
      refuseIf(hasFile, "`file` is given twice.", FILE);
      hasFile = true;
    } else if (name.equals(PURPOSE)) {
      refuseIf(hasPurpose, "`purpose` is given twice.", PURPOSE);
      hasPurpose = true;
    } else {
      boolean isAlmost = name.equalsIgnoreCase(FILE) || name.equalsIgnoreCase(PURPOSE);
      refuseIf(isAlmost, "`" + name + "` is not a field of this request; its case is wrong.", name);
    }
  }

  @Override
  public void content(byte[] bytes, int from, int to) {
    if (name.equals(FILE)) {
      fileBytes += to - from;
      lines.read(bytes, from, to);
    } else if (name.equals(PURPOSE)) {
      int room = Math.min(to - from, purpose.length - purposeBytes);
      refuseIf(room < to - from, "`purpose` is too long.", PURPOSE);
      System.arraycopy(bytes, from, purpose, purposeBytes, room);
      purposeBytes += room;
    }
  }

  @Override
  public void end(long offset) {
    name = "";
  }

  @Override
  public Result end() {
    String malformed = scanner.end();
    if (malformed != null) {
      refusal = new Refusal.InvalidRequest(malformed, null);
    }
    refuseIf(!hasFile, "`file` is required.", FILE);
    refuseIf(!hasPurpose, "`purpose` is required.", PURPOSE);
    if (refusal != null) {
      return new Result.Refused(refusal);
    }
    String words = new String(purpose, 0, purposeBytes, UTF_8);
    return new Result.Understood(
        Prompt.ofNothing().keeping(Keeping.of(new Upload(words, fileBytes, lines.end()))));
  }

  /** The first fault is the one that is told. */
  private void refuseIf(boolean isFault, String message, String param) {
    if (isFault && refusal == null) {
      refusal = new Refusal.InvalidRequest(message, param);
    }
  }
}
