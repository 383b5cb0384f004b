package dev.tollgate.pricing;

import dev.tollgate.pricing.CardFact.Unit;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * What one card says otherwise than another.
 *
 * @param oldValue null where the old card does not say it
 * @param newValue null where the new card does not say it
 * @param standIn the price that holds in the card that does not name it: a cached token costs what
 *     a fresh one does; null where nothing stands in, or where that depends on the request
 */
public record CardDifference(
    CardFact.Id id,
    Unit unit,
    @Nullable String oldValue,
    @Nullable String newValue,
    @Nullable String standIn) {

  private static final int PERCENT_DECIMALS = 2;

  /** How it differs. */
  public enum Change {
    ADDED,
    REMOVED,
    CHANGED
  }

  public Change change() {
    return oldValue == null ? Change.ADDED : newValue == null ? Change.REMOVED : Change.CHANGED;
  }

  public String section() {
    return id.section();
  }

  public String name() {
    return id.name();
  }

  public String key() {
    return id.key();
  }

  /**
   * By how much the number has grown, in percent of the old one, to two decimals, half even. Null
   * for text, where the old one was 0, and where there is only one number.
   */
  public @Nullable BigDecimal percent() {
    String from = oldValue == null ? standIn : oldValue;
    String to = newValue == null ? standIn : newValue;
    if (unit == Unit.TEXT || from == null || to == null) {
      return null;
    }
    BigDecimal old = new BigDecimal(from);
    return old.signum() == 0
        ? null
        : new BigDecimal(to)
            .subtract(old)
            .movePointRight(2)
            .divide(old, PERCENT_DECIMALS, RoundingMode.HALF_EVEN);
  }
}
