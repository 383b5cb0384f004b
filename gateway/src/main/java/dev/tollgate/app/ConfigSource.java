package dev.tollgate.app;

import dev.tollgate.config.ConfigBounds;
import dev.tollgate.config.ConfigLoader;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a gateway's configuration comes from, at its start and at each reload.
 *
 * @param loader reads it, filling in variables
 * @param gatewayFile the one that names the other
 */
public record ConfigSource(ConfigLoader loader, Path gatewayFile) {
  /**
   * @param environment what {@code ${NAME}} is filled in from
   */
  public static ConfigSource of(Path gatewayFile, Map<String, String> environment) {
    return new ConfigSource(new ConfigLoader(environment, ConfigBounds.DEFAULT), gatewayFile);
  }
}
