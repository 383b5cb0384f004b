package dev.tollgate.simulator;

import java.util.List;

/**
 * How the simulated provider behaves.
 *
 * @param tokensPerSecond the pace of every answer, streamed or not
 * @param bodyBytesMax of a request
 * @param inputsMax texts in one request for embeddings
 * @param dimensionsMax of an embedding
 * @param models the names that it lists; it answers to any
 */
public record SimulatorSettings(
    int tokensPerSecond, int bodyBytesMax, int inputsMax, int dimensionsMax, List<String> models) {
  public SimulatorSettings {
    if (tokensPerSecond < 1 || bodyBytesMax < 1 || inputsMax < 1 || dimensionsMax < 1) {
      throw new IllegalArgumentException("a bound of the simulated provider is less than 1");
    }
    models = List.copyOf(models);
  }

  /** 40 tokens a second, bodies of 1 MiB. */
  public static SimulatorSettings of(List<String> models) {
    return new SimulatorSettings(40, 1 << 20, 128, 1024, models);
  }
}
