package dev.tollgate.metering;

/**
 * How many bytes of an answer's text were thoughts: those of a passage count once it is over, since
 * it may say what it is after its text. Not for use by two threads.
 */
final class Thoughts {
  private long bytes;
  private long passageFrom;
  private boolean isThought;

  void add(int thoughtBytes) {
    bytes += thoughtBytes;
  }

  /**
   * @param textBytes before it
   */
  void begin(long textBytes) {
    passageFrom = textBytes;
    isThought = false;
  }

  void is(boolean thought) {
    isThought = thought;
  }

  void end(long textBytes) {
    if (isThought) {
      bytes += textBytes - passageFrom;
    }
  }

  long bytes() {
    return bytes;
  }
}
