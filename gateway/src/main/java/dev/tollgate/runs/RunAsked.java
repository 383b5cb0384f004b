package dev.tollgate.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What is to be held for.
 *
 * @param what a run, or an amount
 * @param reference the backend's own name for it; empty for none
 * @param description empty for none
 * @param leaseMillis for which the hold lives without a word of it
 */
public record RunAsked(What what, String reference, String description, long leaseMillis) {
  /** What is bought. */
  public sealed interface What {
    /**
     * @param tokens of the training data, as they are estimated
     * @param iterations of an auto-tune session, at most; 0 for a single run
     */
    record Run(String model, long epochs, long tokens, int iterations) implements What {
      /** How many trainings it may come to. */
      public int trainings() {
        return Math.max(1, iterations);
      }
    }

    /** A price that the backend has made. */
    record Amount(long cents) implements What {}
  }

  /** The same for all that ask for the same, and for nobody else. */
  String digest() {
    try {
      byte[] text = toString().getBytes(UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
