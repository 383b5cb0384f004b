package dev.tollgate.media;

/** Hears of the parts of a form, in their order. Called in the middle of the scanner's work. */
public interface FormListener {
  /**
   * A part begins.
   *
   * @param offset in the body, of the first byte of its content
   */
  void begin(FormPart part, long offset);

  /** Some of its content, in as many pieces as it came in; the array is only lent. */
  void content(byte[] bytes, int from, int to);

  /**
   * It has ended.
   *
   * @param offset of the byte after its content
   */
  void end(long offset);
}
