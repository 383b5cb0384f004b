package dev.tollgate.metering;

/**
 * The text a model produced, as far as the answer carried it: every choice, tool arguments,
 * reasoning, refusals.
 *
 * @param sample its beginning, in UTF-8, up to a bound
 * @param bytes of all of it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DeliveredText(byte[] sample, long bytes) {
  public static final DeliveredText NOTHING = new DeliveredText(new byte[0], 0);
}
