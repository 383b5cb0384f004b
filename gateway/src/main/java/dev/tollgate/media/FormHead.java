package dev.tollgate.media;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of a form's part while it is read: so strictly that no other reader can take it for
 * something else. The first fault is kept. Not for use by two threads.
 */
final class FormHead {
  private static final String LINE_END = "\r\n";

  private String name = "";
  private boolean isFile;
  private boolean hasDisposition;
  private @Nullable String contentType;
  private @Nullable String fault;

  /**
   * @param length of its lines, each with its CRLF, without the empty one
   */
  FormHead(byte[] head, int length) {
    if (length > 0) {
      String lines = new String(head, 0, length - LINE_END.length(), UTF_8);
      for (String line : lines.split(LINE_END, -1)) {
        read(line);
      }
    }
    check(hasDisposition, "A part of the form has no Content-Disposition.");
  }

  /** Why it cannot be read; null when it can. For the client. */
  @Nullable String fault() {
    return fault;
  }

  FormPart part() {
    return new FormPart(name, isFile, contentType == null ? "" : contentType);
  }

  private void read(String line) {
    int colon = line.indexOf(':');
    String header = line.substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT);
    String value = line.substring(colon + 1).strip();
    boolean isClean = line.chars().allMatch(c -> (c >= ' ' && c != 0x7F) || c == '\t');
    check(isClean && FormParameters.isToken(header), "A part of the form has a malformed header.");
    switch (header) {
      case "content-disposition" -> disposition(value);
      case "content-type" -> {
        check(contentType == null, "A part of the form has two Content-Types.");
        contentType = value.toLowerCase(Locale.ROOT);
        check(!contentType.startsWith("multipart/"), "A part of the form is a form itself.");
      }
      case "content-transfer-encoding" ->
          check(
              isPlain(value.toLowerCase(Locale.ROOT)),
              "A part of the form has a Content-Transfer-Encoding; send it as it is.");
      default -> {}
    }
  }

  private void disposition(String value) {
    check(!hasDisposition, "A part of the form has two Content-Dispositions.");
    hasDisposition = true;
    Map<String, String> parameters = FormParameters.of(value);
    if (parameters == null || !FormParameters.kind(value).equals("form-data")) {
      check(false, "A part of the form has a malformed Content-Disposition.");
      return;
    }
    name = parameters.getOrDefault("name", "");
    isFile = parameters.containsKey("filename") || parameters.containsKey("filename*");
    check(
        isPlainName(name) && !parameters.containsKey("name*"),
        "A part of the form has no name in plain ASCII.");
  }

  /** Without anything that some readers decode. */
  private static boolean isPlainName(String name) {
    return !name.isEmpty()
        && name.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '%' && c != '\\');
  }

  private static boolean isPlain(String encoding) {
    return encoding.equals("binary") || encoding.equals("8bit") || encoding.equals("7bit");
  }

  private void check(boolean isRight, String message) {
    if (!isRight && fault == null) {
      fault = message;
    }
  }
}
