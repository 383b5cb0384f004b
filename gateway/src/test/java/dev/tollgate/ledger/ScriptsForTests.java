package dev.tollgate.ledger;

/** By which names Redis is asked for some scripts: the SHA-1 of their texts. */
public final class ScriptsForTests {
  public static final String HOLD = Script.HOLD.sha1Hex();
  public static final String SETTLE = Script.SETTLE.sha1Hex();
  public static final String KEEP = Script.KEEP.sha1Hex();
  public static final String RENEW = Script.RENEW.sha1Hex();
  public static final String ARCHIVE_ACKNOWLEDGE = Script.ARCHIVE_ACKNOWLEDGE.sha1Hex();
  public static final String ARCHIVE_STATE = Script.ARCHIVE_STATE.sha1Hex();

  private ScriptsForTests() {}
}
