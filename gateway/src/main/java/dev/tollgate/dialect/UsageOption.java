package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.metering.Edit;
import dev.tollgate.metering.JsonType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code stream_options} while a request is read, and what to change so that it asks for usage. A
 * value of the wrong type is left to the provider to refuse. Not for use by two threads.
 */
final class UsageOption {
  private static final byte[] WHOLE =
      "\"stream_options\":{\"include_usage\":true},".getBytes(UTF_8);
  private static final byte[] VALUE = "{\"include_usage\":true}".getBytes(UTF_8);
  private static final byte[] MEMBER = "\"include_usage\":true,".getBytes(UTF_8);
  private static final byte[] TRUE = "true".getBytes(UTF_8);

  private long bodyFrom;
  private @Nullable JsonType type;
  private long from;
  private long to;
  private boolean hasOthers;
  private @Nullable JsonType optionType;
  private long optionFrom;
  private long optionTo;

  void bodyBegins(long offset) {
    bodyFrom = offset;
  }

  void begin(JsonType type, long offset) {
    this.type = type;
    from = offset;
  }

  void end(long offset) {
    to = offset;
  }

  void beginOption(JsonType type, long offset) {
    optionType = type;
    optionFrom = offset;
  }

  void endOption(long offset) {
    optionTo = offset;
  }

  void hasOthers() {
    hasOthers = true;
  }

  boolean isAsked() {
    return optionType == JsonType.TRUE;
  }

  /** Empty when usage is asked for, or nothing sensible can be changed. */
  List<Edit> edits() {
    if (type == null) {
      return List.of(new Edit((int) bodyFrom + 1, 0, WHOLE));
    }
    if (optionType == JsonType.FALSE || optionType == JsonType.NULL) {
      return replace(optionFrom, optionTo, TRUE);
    }
    if (optionType != null) {
      return List.of();
    }
    if (type == JsonType.OBJECT && hasOthers) {
      return List.of(new Edit((int) from + 1, 0, MEMBER));
    }
    return type == JsonType.OBJECT || type == JsonType.NULL ? replace(from, to, VALUE) : List.of();
  }

  private static List<Edit> replace(long from, long to, byte[] inserted) {
    return List.of(new Edit((int) from, (int) (to - from), inserted));
  }
}
