package dev.tollgate.proxy;

import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.pricing.RateCard;
import java.util.Map;

/**
 * What is for sale at one moment: an exchange reads it once, at its start, and a reload of the
 * configuration replaces it whole.
 */
public record Catalog(
    RateCard card, Map<String, Provider> providers, QuoteSettings quotes, ProxySettings settings) {
  public Catalog {
    providers = Map.copyOf(providers);
  }
}
