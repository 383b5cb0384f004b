package dev.tollgate.pricing;

/**
 * One thing that a rate card says, as it stands in its file: {@code models}, {@code llama-3.3-70b},
 * {@code prices.input}, 0.2 USD per million.
 *
 * @param section of the card: {@code models}, {@code plans}, …
 * @param name within the section; empty where a section has no names
 * @param key within what is named; a tier stands under its bound: {@code tiers.200000.input}
 * @param value an exact decimal without trailing zeros, or text where the unit is {@link Unit#TEXT}
 */
public record CardFact(String section, String name, String key, Unit unit, String value) {

  /** What a value is a number of. */
  public enum Unit {
    /** USD per million tokens. */
    USD_PER_MILLION,
    USD,
    TOKENS,
    COUNT,
    PERCENT,
    /** A multiplier: 1 changes nothing. */
    FACTOR,
    TEXT
  }

  /** Tells it from everything else that a card says. */
  record Id(String section, String name, String key) {}

  Id id() {
    return new Id(section, name, key);
  }
}
