package dev.tollgate.ledger;

/** Numbers as Redis has them, some of which may be none. */
final class AuditNumbers {
  /** Takes the place of what is no number; no amount is ever this low. */
  static final long UNREADABLE = Long.MIN_VALUE;

  private AuditNumbers() {}

  static long parsed(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException notANumber) {
      return UNREADABLE;
    }
  }
}
