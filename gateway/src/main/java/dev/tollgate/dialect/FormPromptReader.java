package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.dialect.FormShape.Role;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Usage;
import dev.tollgate.media.AudioLength;
import dev.tollgate.media.FormBoundary;
import dev.tollgate.media.FormBounds;
import dev.tollgate.media.FormListener;
import dev.tollgate.media.FormPart;
import dev.tollgate.media.FormScanner;
import dev.tollgate.metering.ByteWindows;
import dev.tollgate.metering.TextWeigher;
import io.netty.buffer.ByteBuf;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request that is a form with files in it. What decides about money is read as strictly as
 * in JSON: such a field may come once, in one spelling, as plain text; it may stand behind the
 * files. Files are counted, sound is measured, none is kept. Owns no buffer.
 */
final class FormPromptReader implements PromptReader, FormListener {
  private static final int MODEL_CHARACTERS_MAX = 256;
  private static final int VALUE_BYTES_MAX = 4 * MODEL_CHARACTERS_MAX + 1;
  private static final int ANSWERS_MAX = 128;

  /**
   * 16 kbit/s, less than speech is packed to as a rule: what sound is taken for that does not say
   * how long it is.
   */
  private static final long AUDIO_BYTES_PER_SECOND = 2_000;

  private static final Pattern PLAIN_TEXT =
      Pattern.compile("|text/plain(\\s*;\\s*charset=\"?(utf-8|us-ascii)\"?)?");

  /** Changes how all other fields are to be read. */
  private static final String CHARSET_FIELD = "_charset_";

  private final FormShape shape;
  private final FormScanner scanner;
  private final ByteWindows.Scan scan;
  private final Set<Role> seen = EnumSet.noneOf(Role.class);
  private final byte[] value = new byte[VALUE_BYTES_MAX];

  private FormPart part = new FormPart("", false, "");
  private @Nullable Role role;
  private long contentFrom;
  private int valueBytes;
  private @Nullable AudioLength audio;

  private Refusal.@Nullable InvalidRequest refusal;
  private @Nullable String model;
  private long modelFrom;
  private long modelTo;
  private boolean isStreamed;
  private long answers = 1;
  private final TextWeigher promptText = new TextWeigher();
  private int images;
  private long audioSeconds;

  private FormPromptReader(FormShape shape, byte[] boundary) {
    this.shape = shape;
    this.scanner = new FormScanner(boundary, FormBounds.DEFAULT, this);
    this.scan = scanner::scan;
  }

  /** For a request of that content type: one that refuses, where it is no form. */
  static PromptReader of(FormShape shape, String contentType) {
    if (!FormBoundary.isForm(contentType)) {
      return new RefusingReader("The body must be a form, multipart/form-data.");
    }
    byte[] boundary = FormBoundary.of(contentType);
    return boundary == null
        ? new RefusingReader("The content type does not name the boundary of the form.")
        : new FormPromptReader(shape, boundary);
  }

  @Override
  public void read(ByteBuf piece) {
    ByteWindows.over(piece, scan);
  }

  @Override
  public Result end() {
    String malformed = scanner.end();
    if (malformed != null) {
      refusal = new Refusal.InvalidRequest(malformed, null);
    }
    String file = shape.audio();
    if (model == null) {
      refuse("`model` is required.", "model");
    } else if (file != null && !seen.contains(Role.AUDIO)) {
      refuse("`" + file + "` is required.", file);
    }
    if (refusal != null || model == null) {
      return new Result.Refused(
          refusal == null ? new Refusal.InvalidRequest("No model.", "model") : refusal);
    }
    return new Result.Understood(
        new Prompt(
            model,
            new Prompt.ModelPlace.InForm((int) modelFrom, (int) (modelTo - modelFrom)),
            isStreamed,
            false,
            List.of(),
            null,
            answers,
            promptText.plainBytes(),
            0,
            images,
            Usage.of(Meter.SECOND, audioSeconds),
            null));
  }

  @Override
  public void begin(FormPart begun, long offset) {
    part = begun;
    role = shape.role(begun.name());
    contentFrom = offset;
    valueBytes = 0;
    promptText.begin();
    audio =
        shape.audio() != null && (begun.isFile() || role == Role.AUDIO) ? new AudioLength() : null;
    String meant = shape.lookalike(begun.name());
    if (meant != null) {
      refuse(
          "`" + begun.name() + "` is not a field of this request; `" + meant + "` is.",
          begun.name());
    } else if (role == Role.FOREIGN || begun.name().equals(CHARSET_FIELD)) {
      refuse("`" + begun.name() + "` is not taken here.", begun.name());
    } else if (role != null) {
      beginField(role);
    }
  }

  private void beginField(Role field) {
    if (!seen.add(field) && field.isSingle()) {
      refuse("`" + part.name() + "` is given twice.", part.name());
    }
    boolean isText = !part.isFile() && PLAIN_TEXT.matcher(part.contentType()).matches();
    if (field.isSingle() && !isText) {
      refuse("`" + part.name() + "` must be a field of plain text in UTF-8.", part.name());
    }
  }

  @Override
  public void content(byte[] bytes, int from, int to) {
    if (audio != null) {
      audio.read(bytes, from, to);
    } else if (role == Role.TEXT) {
      promptText.add(bytes, from, to);
    } else if (role != null && role.isSingle()) {
      int room = Math.min(to - from, value.length - valueBytes);
      System.arraycopy(bytes, from, value, valueBytes, room);
      valueBytes += room;
    }
  }

  @Override
  public void end(long offset) {
    if (audio != null) {
      audioSeconds += audio.seconds(AUDIO_BYTES_PER_SECOND);
      audio = null;
    } else if (part.isFile()) {
      images++;
    } else if (role != null && role.isSingle()) {
      valueIs(role, new String(value, 0, valueBytes, UTF_8), offset);
    }
  }

  private void valueIs(Role field, String text, long offset) {
    switch (field) {
      case MODEL -> modelIs(text, offset);
      case STREAM -> {
        isStreamed = text.equalsIgnoreCase("true");
        expect(isStreamed || text.equalsIgnoreCase("false"), "true or false");
      }
      case ANSWERS -> {
        boolean isNumber = text.matches("[0-9]{1,3}");
        long number = isNumber ? Long.parseLong(text) : 0;
        expect(number > 0 && number <= ANSWERS_MAX, "an integer between 1 and " + ANSWERS_MAX);
        answers = Math.max(1, number);
      }
      case TEXT, AUDIO, FOREIGN -> {}
    }
  }

  private void modelIs(String text, long offset) {
    modelFrom = contentFrom;
    modelTo = offset;
    if (text.isEmpty()) {
      refuse("`model` is empty.", part.name());
    } else if (text.length() > MODEL_CHARACTERS_MAX) {
      refuse("`model` is longer than " + MODEL_CHARACTERS_MAX + " characters.", part.name());
    }
    model = text;
  }

  private void expect(boolean isFit, String what) {
    if (!isFit) {
      refuse("`" + part.name() + "` must be " + what + ".", part.name());
    }
  }

  /** The first fault is the one that is told. */
  private void refuse(String message, @Nullable String param) {
    if (refusal == null) {
      refusal = new Refusal.InvalidRequest(message, param);
    }
  }
}
