package dev.tollgate.dialect;

/**
 * The source of an image or a document while it is read: its data is text or base64, and the type
 * that says which may come after it. Not for use by two threads.
 */
final class PromptSource {
  private long dataBytes;
  private boolean isText;
  private boolean isContent;

  void begin() {
    dataBytes = 0;
    isText = false;
    isContent = false;
  }

  void data(int bytes) {
    dataBytes += bytes;
  }

  void type(String type) {
    isText = type.equals("text");
    isContent = type.equals("content");
  }

  /** Of its data; what lies deeper inside counts by itself. */
  long textBytes() {
    return isText ? dataBytes : 0;
  }

  int binaries() {
    return isText || isContent ? 0 : 1;
  }
}
