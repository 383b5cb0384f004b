package dev.tollgate.config;

import dev.tollgate.domain.Meter;
import dev.tollgate.pricing.Prices;

/** Reads prices: each of them USD per million tokens, or USD for each fee. */
final class PricesReader {
  private static final Meter[] METERS = Meter.values();

  /** Adds the prices of tokens. */
  Prices.Builder tokens(Section section, Prices.Builder prices) {
    return read(section, prices, Meter.Kind.TOKEN);
  }

  /** Adds the fees. */
  Prices.Builder fees(Section section, Prices.Builder prices) {
    return read(section, prices, Meter.Kind.FEE);
  }

  private static Prices.Builder read(Section section, Prices.Builder prices, Meter.Kind kind) {
    for (Meter meter : METERS) {
      Value value = meter.kind() == kind ? section.value(meter.key()) : null;
      if (value != null) {
        prices.set(meter, value.usd(0, Prices.MAX_NANO_USD));
      }
    }
    return prices;
  }
}
