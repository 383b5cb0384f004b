package dev.tollgate.pricing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.domain.Meter;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The prices of one model at one moment, as a line of text: what is paid for days later costs what
 * the card said when it was bought. {@code
 * input=200000000,output=600000000;>200000:input=…;@flex:…}, in nano-USD.
 */
public final class FrozenRates {
  private static final Map<String, Meter> METERS_BY_KEY = metersByKey();

  private FrozenRates() {}

  /** Without what a price does not depend on: targets and bounds. */
  public static String write(ModelRates rates) {
    StringBuilder text = new StringBuilder(prices(rates.prices()));
    for (Tier tier : rates.tiers()) {
      text.append(";>").append(tier.aboveInputTokens()).append(':').append(prices(tier.prices()));
    }
    new TreeMap<>(rates.serviceTiers())
        .forEach(
            (name, prices) ->
                text.append(";@")
                    .append(URLEncoder.encode(name, UTF_8))
                    .append(':')
                    .append(prices(prices)));
    return text.toString();
  }

  /**
   * @param model its name
   * @throws IllegalArgumentException for a text of another making
   */
  public static ModelRates read(String model, String text) {
    String[] parts = text.split(";", -1);
    List<Tier> tiers = new ArrayList<>();
    Map<String, Prices> serviceTiers = new HashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int colon = parts[i].indexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException("prices of " + model + " that cannot be read: " + text);
      }
      String bound = parts[i].substring(1, colon);
      Prices prices = pricesOf(parts[i].substring(colon + 1));
      if (parts[i].charAt(0) == '>') {
        tiers.add(new Tier(Long.parseLong(bound), prices));
      } else {
        serviceTiers.put(URLDecoder.decode(bound, UTF_8), prices);
      }
    }
    return new ModelRates(
        model,
        List.of(),
        pricesOf(parts[0]),
        tiers,
        serviceTiers,
        ModelRates.UNBOUNDED,
        ModelRates.UNBOUNDED);
  }

  private static String prices(Prices prices) {
    StringBuilder text = new StringBuilder();
    for (Meter meter : Meter.values()) {
      long price = prices.named(meter);
      if (price != Prices.UNPRICED) {
        text.append(text.isEmpty() ? "" : ",").append(meter.key()).append('=').append(price);
      }
    }
    return text.toString();
  }

  private static Prices pricesOf(String text) {
    Prices.Builder prices = Prices.builder();
    for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      int equals = pair.indexOf('=');
      Meter meter = METERS_BY_KEY.get(pair.substring(0, Math.max(0, equals)));
      if (meter == null) {
        throw new IllegalArgumentException("a price that cannot be read: " + pair);
      }
      prices.set(meter, Long.parseLong(pair.substring(equals + 1)));
    }
    return prices.build();
  }

  private static Map<String, Meter> metersByKey() {
    Map<String, Meter> meters = new HashMap<>();
    for (Meter meter : Meter.values()) {
      meters.put(meter.key(), meter);
    }
    return meters;
  }
}
