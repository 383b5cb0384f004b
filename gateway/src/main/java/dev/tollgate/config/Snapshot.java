package dev.tollgate.config;

import dev.tollgate.pricing.RateCard;
import java.nio.file.Path;
import java.util.Map;

/**
 * Both files as they were at one moment, checked together. Immutable: a request keeps to the
 * snapshot it began with.
 *
 * @param gatewayFile as it was named to us
 * @param ratesFile as {@code rate_card} names it
 * @param places where each key of {@code gateway.yaml} stands, by its path
 */
public record Snapshot(
    GatewayConfig gateway,
    RateCard rates,
    Path gatewayFile,
    Path ratesFile,
    Map<String, Place> places) {

  public Snapshot {
    places = Map.copyOf(places);
  }

  /**
   * Where a setting stands, for a message about it: {@code listen.port}. The whole file where it is
   * not given.
   */
  public Place place(String key) {
    Place place = places.get(key);
    return place == null ? Place.wholeFile(gatewayFile.toString()) : place;
  }
}
