package dev.tollgate.config;

/**
 * Bounds on what is read as a configuration file.
 *
 * @param fileBytesMax of one file
 * @param depthMax how deep values may nest
 * @param nodesMax values in one file, those that aliases repeat included
 * @param faultsMax how many faults are listed
 */
public record ConfigBounds(int fileBytesMax, int depthMax, int nodesMax, int faultsMax) {
  public static final ConfigBounds DEFAULT = new ConfigBounds(16 * 1024 * 1024, 32, 1_000_000, 100);
}
