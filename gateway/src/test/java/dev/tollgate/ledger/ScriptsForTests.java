package dev.tollgate.ledger;

/** By which names Redis is asked for the scripts of a purchase: the SHA-1 of their texts. */
public final class ScriptsForTests {
  public static final String HOLD = Script.HOLD.sha1Hex();
  public static final String SETTLE = Script.SETTLE.sha1Hex();
  public static final String KEEP = Script.KEEP.sha1Hex();
  public static final String RENEW = Script.RENEW.sha1Hex();

  private ScriptsForTests() {}
}
