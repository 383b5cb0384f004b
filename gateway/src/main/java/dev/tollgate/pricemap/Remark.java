package dev.tollgate.pricemap;

/**
 * What became of one key of an entry, where that is not plainly what it says.
 *
 * @param key of the map
 */
public record Remark(Kind kind, String key) {

  /** In the order in which they matter. */
  public enum Kind {
    /** A price that has no place on a card, or that the entry's mode does not have. */
    NOT_UNDERSTOOD("not understood", true),
    /** A second price of what is priced already. */
    PRICED_TWICE("prices what another key prices", true),
    /** A price of 0: the price that stands in for it holds, unless it was said to be free. */
    ZERO("0 is not taken as free", true),
    /** Of several prices for a card's one. */
    DEAREST("the dearest of several is taken", false),
    ROUNDED("rounded to a nano-USD", false),
    /** A key that we do not know, and that does not look like a price. */
    PASSED_OVER("passed over: no price, by its name", false);

    private final String text;
    private final boolean isLeftOut;

    Kind(String text, boolean isLeftOut) {
      this.text = text;
      this.isLeftOut = isLeftOut;
    }

    /** For people. */
    public String text() {
      return text;
    }

    /** Whether the card lacks what the map says. */
    public boolean isLeftOut() {
      return isLeftOut;
    }
  }
}
