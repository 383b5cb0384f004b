package dev.tollgate.provider;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A well-formed answer, before a {@link Script} says how it goes over the wire.
 *
 * @param parts of the body, in order: the events of a stream, or the one JSON document
 * @param usage what the whole of it is worth
 */
public record Answer(
    int status,
    String contentType,
    boolean isStreamed,
    String model,
    ServedUsage usage,
    List<Part> parts) {

  /**
   * @param outputTokens that this part carries
   * @param carriesUsage whether the final figures of the usage are in it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Part(byte[] bytes, long outputTokens, boolean carriesUsage) {
    static Part of(String text, long outputTokens, boolean carriesUsage) {
      return new Part(text.getBytes(StandardCharsets.UTF_8), outputTokens, carriesUsage);
    }
  }

  /** A JSON answer that costs nothing: an error. */
  public static Answer error(int status, String json) {
    return ofNothing(status, json);
  }

  /** A JSON answer that reports no usage. */
  public static Answer ofNothing(int status, String json) {
    return new Answer(
        status, "application/json", false, "", ServedUsage.NONE, List.of(Part.of(json, 0, false)));
  }

  /** Delivered as it should be. */
  public Script script() {
    return Script.of(this).start().rest().end();
  }

  public byte[] body() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    parts.forEach(part -> body.writeBytes(part.bytes()));
    return body.toByteArray();
  }

  public String text() {
    return new String(body(), StandardCharsets.UTF_8);
  }

  /** The length of the body in bytes. */
  public int length() {
    return endOfPart(parts.size() - 1);
  }

  /** Where in the body, in bytes, that part ends; counted from 0. */
  public int endOfPart(int index) {
    return parts.subList(0, index + 1).stream().mapToInt(part -> part.bytes().length).sum();
  }

  /** The output tokens of all parts that lie wholly within the first so many bytes of the body. */
  public long outputTokensWithin(long bytes) {
    return partsWithin(bytes).stream().mapToLong(Part::outputTokens).sum();
  }

  /** Whether the final figures of the usage lie within the first so many bytes. */
  public boolean carriesUsageWithin(long bytes) {
    return partsWithin(bytes).stream().anyMatch(Part::carriesUsage);
  }

  private List<Part> partsWithin(long bytes) {
    int count = 0;
    long end = 0;
    while (count < parts.size() && end + parts.get(count).bytes().length <= bytes) {
      end += parts.get(count).bytes().length;
      count++;
    }
    return parts.subList(0, count);
  }
}
