package dev.tollgate.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/** A form, put together byte by byte, well or badly. */
public final class FormBody {
  private final String boundary;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  public FormBody(String boundary) {
    this.boundary = boundary;
  }

  /** A form with a boundary as browsers make them. */
  public static FormBody usual() {
    return new FormBody("----WebKitFormBoundary7MA4YWxkTrZu0gW");
  }

  public String contentType() {
    return "multipart/form-data; boundary=" + boundary;
  }

  public FormBody field(String name, String value) {
    return part("Content-Disposition: form-data; name=\"" + name + "\"", value.getBytes(UTF_8));
  }

  public FormBody file(String name, String fileName, String contentType, byte[] content) {
    return part(
        "Content-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\nContent-Type: %s"
            .formatted(name, fileName, contentType),
        content);
  }

  /**
   * @param head its lines, without the end of the last one
   */
  public FormBody part(String head, byte[] content) {
    raw("--" + boundary + "\r\n" + head + "\r\n\r\n");
    bytes.writeBytes(content);
    return raw("\r\n");
  }

  public FormBody raw(String text) {
    bytes.writeBytes(text.getBytes(UTF_8));
    return this;
  }

  /** As far as it has been put together. */
  public byte[] soFar() {
    return bytes.toByteArray();
  }

  /** With its closing boundary. */
  public byte[] bytes() {
    return raw("--" + boundary + "--\r\n").soFar();
  }
}
