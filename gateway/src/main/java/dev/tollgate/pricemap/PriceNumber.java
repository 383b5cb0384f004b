package dev.tollgate.pricemap;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.pricing.Prices;
import java.math.BigDecimal;
import java.math.RoundingMode;
import tools.jackson.databind.JsonNode;

/**
 * A number of the map as a price of the card: USD for each becomes nano-USD per million tokens, or
 * nano-USD for each fee, rounded half even.
 *
 * <p>The dearest tokens that are sold cost some $600 per million. Maps have prices per thousand, or
 * per million, where one for a token should be; they come out beyond $1,000 and are not believed,
 * although a card may have up to $10,000.
 */
sealed interface PriceNumber {
  /**
   * @param isRounded whether the map says it finer than a card can
   */
  record Usable(long nanoUsd, boolean isRounded) implements PriceNumber {}

  /**
   * @param why as in {@code is negative}
   */
  record Faulty(String why) implements PriceNumber {}

  /** Beyond this many digits before the point, or zeros behind it, nothing is reckoned. */
  int MAGNITUDE_MAX = 100;

  long TOKENS_NANO_USD_MAX = 1_000 * Money.NANO_PER_USD;

  static PriceNumber of(JsonNode value, Meter.Kind kind) {
    if (!value.isNumber()) {
      return new Faulty("is not a number");
    }
    BigDecimal usd = value.decimalValue();
    if (usd.signum() == 0) {
      return new Usable(0, false);
    }
    if (usd.signum() < 0) {
      return new Faulty("is negative");
    }
    boolean isToken = kind == Meter.Kind.TOKEN;
    String unit = isToken ? " per million" : "";
    long maxNanoUsd = isToken ? TOKENS_NANO_USD_MAX : Prices.MAX_NANO_USD;
    long magnitude = (long) usd.precision() - usd.scale();
    BigDecimal exact =
        Math.abs(magnitude) > MAGNITUDE_MAX
            ? BigDecimal.ZERO
            : usd.movePointRight(isToken ? 15 : 9);
    if (magnitude > MAGNITUDE_MAX || exact.compareTo(BigDecimal.valueOf(maxNanoUsd)) > 0) {
      return new Faulty("is beyond $" + Money.usd(maxNanoUsd) + unit + ": a slip of units?");
    }
    BigDecimal nanoUsd = exact.setScale(0, RoundingMode.HALF_EVEN);
    return nanoUsd.signum() == 0
        ? new Faulty("is less than a nano-USD" + unit)
        : new Usable(nanoUsd.longValueExact(), nanoUsd.compareTo(exact) != 0);
  }
}
