package dev.tollgate.pricing;

/**
 * Who serves a model, and under which name.
 *
 * @param provider its name in {@code gateway.yaml}
 * @param model what that provider calls it
 * @param weight by which it is drawn among the model's targets that have one; 0 for one whose turn
 *     comes after those, in the order of the card
 * @param bounds of its calls
 */
public record Target(String provider, String model, int weight, Bounds bounds) {
  /**
   * How long its calls may take, in millis, as a provider's own bounds have it; 0 for what the
   * provider's say.
   */
  public record Bounds(
      int connectMillisMax, int firstByteMillisMax, int idleMillisMax, long totalMillisMax) {
    public static final Bounds AS_PROVIDER = new Bounds(0, 0, 0, 0);
  }

  /** In its turn, within its provider's bounds. */
  public Target(String provider, String model) {
    this(provider, model, 0, Bounds.AS_PROVIDER);
  }
}
