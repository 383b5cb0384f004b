package dev.tollgate.metering;

/**
 * Weighs text against plain text, by how finely tokenizers cut it: a byte of English prose weighs
 * one, a digit three times as much, an emoji nine, another space of an indentation a quarter. What
 * comes out is how many bytes of plain text make about as many tokens, on the high side. It looks
 * at each byte once, with the one before it, and keeps nothing of the text. Not for use by two
 * threads.
 */
public final class TextWeigher {
  private long quarters;
  private int previous = TextWeights.START;

  /** A string begins: what comes is no continuation of what came. */
  public void begin() {
    previous = TextWeights.START;
  }

  /** UTF-8, cut anywhere. */
  public void add(byte[] bytes, int from, int to) {
    byte[] kindOf = TextWeights.KIND_OF;
    byte[] weights = TextWeights.QUARTERS;
    int before = previous;
    long sum = 0;
    for (int at = from; at < to; at++) {
      int kind = kindOf[bytes[at] & 0xff];
      sum += weights[(before << TextWeights.KIND_BITS | kind) & TextWeights.PAIR_MASK];
      before = kind;
    }
    previous = before;
    quarters += sum;
  }

  /** All that another one has weighed. */
  public void add(TextWeigher other) {
    quarters += other.quarters;
  }

  /** Forgets all that it has weighed. */
  public void clear() {
    quarters = 0;
    begin();
  }

  /** Something that is not in the text, such as the syntax around it. */
  public void addPlainBytes(long bytes) {
    quarters += bytes * TextWeights.QUARTERS_PER_BYTE;
  }

  /** Of all that was added, rounded up. */
  public long plainBytes() {
    return Math.ceilDiv(quarters, TextWeights.QUARTERS_PER_BYTE);
  }
}
