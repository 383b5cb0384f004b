package dev.tollgate.dialect;

import dev.tollgate.metering.TextWeigher;

/**
 * The source of an image or a document while it is read: its data is text or base64, and the type
 * that says which may come after it. Not for use by two threads.
 */
final class PromptSource {
  private enum Type {
    /** Not told yet, or one that we do not know: a URL, a file. */
    OTHER,
    TEXT,
    CONTENT,
    BASE64
  }

  private final TextWeigher text = new TextWeigher();
  private final PromptImage image = new PromptImage();
  private Type type = Type.OTHER;

  void begin() {
    type = Type.OTHER;
    text.clear();
    image.begin();
  }

  void beginData() {
    text.begin();
    image.beginData();
  }

  void data(byte[] bytes, int from, int to) {
    if (type != Type.BASE64) {
      text.add(bytes, from, to);
    }
    if (type != Type.TEXT) {
      image.add(bytes, from, to);
    }
  }

  void type(String name) {
    type =
        switch (name) {
          case "text" -> Type.TEXT;
          case "content" -> Type.CONTENT;
          case "base64" -> Type.BASE64;
          default -> Type.OTHER;
        };
  }

  /** Adds its data, if they are text; what lies deeper inside counts by itself. */
  void addTextTo(TextWeigher all) {
    if (type == Type.TEXT) {
      all.add(text);
    }
  }

  /** Whether it is an image, or something else that is no text. */
  boolean isBinary() {
    return type == Type.BASE64 || type == Type.OTHER;
  }

  /** {@link ImageRule#UNKNOWN} where it is no image whose size is known. */
  long imageTokens(ImageRule rule) {
    return image.tokens(rule);
  }
}
