package dev.tollgate.metering;

/**
 * How much work estimating may be.
 *
 * @param threads that do nothing else
 * @param waitingMax estimates that may wait for them; beyond, a ratio has to do
 */
public record EstimatorSettings(int threads, int waitingMax) {
  public static final EstimatorSettings DEFAULTS = new EstimatorSettings(1, 256);
}
