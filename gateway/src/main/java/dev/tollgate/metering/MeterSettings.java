package dev.tollgate.metering;

/**
 * How much of what passes may be kept or worked on, for each request.
 *
 * @param heldBytesMax of one event that may turn out to be the usage chunk that only we asked for;
 *     a longer event is forwarded unchanged
 * @param sampleBytesMax of delivered text that is kept for an estimate
 * @param depthMax of nested arrays and objects
 * @param decodedBytesMax of a compressed answer that are unpacked to be counted
 */
public record MeterSettings(
    int heldBytesMax, int sampleBytesMax, int depthMax, long decodedBytesMax) {
  public static final MeterSettings DEFAULTS =
      new MeterSettings(64 * 1024, 64 * 1024, 512, 64L * 1024 * 1024);
}
