package dev.tollgate.ledger;

import org.jspecify.annotations.Nullable;

/**
 * Something that is not as it must be. What it concerns is named as far as it applies.
 *
 * @param account null where it is not known any more
 * @param key the id of a key
 * @param budget its id: {@code name|unit|period}, of the key when there is one, else the account
 * @param event the id of the first event that does not fit
 * @param field of an account or a key
 * @param measure what {@code expected} and {@code actual} count
 * @param expected what follows from the rest; null where there is nothing to count
 * @param actual what is there; null where that is nothing, or no number
 */
public record AuditDifference(
    What what,
    @Nullable String account,
    @Nullable String key,
    @Nullable String request,
    @Nullable String budget,
    @Nullable String event,
    @Nullable String field,
    Measure measure,
    @Nullable Long expected,
    @Nullable Long actual) {

  /** The kinds of differences. */
  public enum What {
    /** The account's balance is not that after its last event. */
    BALANCE,
    /** An event's balance does not follow from that of the event before and its own amount. */
    CHAIN,
    /** The first event of a whole history does not begin at zero. */
    OPENING,
    /** An event is there more than once. */
    DUPLICATE_EVENT,
    /** What was ever topped up is not the sum of the top-ups. */
    LIFETIME_TOPUP,
    /** What was ever credited is not the sum of the credits. */
    LIFETIME_CREDIT,
    /** What the account has held is not the sum of its open holds. */
    HELD,
    /** The account's count of open holds is another than there are. */
    OPENS,
    /** What a budget has held is not the sum of the open holds that it counts. */
    BUDGET_HELD,
    /** What is used of a rolling budget is not the sum of its buckets, or is below zero. */
    BUDGET_USED,
    /** A budget has a bucket where none can be, or one below zero. */
    BUDGET_BUCKET,
    /** A rolling budget is used, but does not know since when. */
    BUDGET_SINCE,
    /** A field of a budget, or of an event, that nobody can read. */
    UNREADABLE,
    /** A request is in the line of open holds, but its hold is not there. */
    HOLD_MISSING,
    /** A request is in the line of open holds, but its hold has ended. */
    HOLD_ENDED,
    /** An open hold stands elsewhere in the line than its deadline says. */
    HOLD_DEADLINE,
    /** An open hold whose lease has long run out. */
    HOLD_LEAKED,
    /** An open hold of less than nothing. */
    HOLD_AMOUNT,
    /** The account of an open hold is not there. */
    HOLD_ACCOUNT,
    /** The key of an open hold is not there, or is of another account. */
    HOLD_KEY,
    /** An account has events, is among the accounts, or is archived, but is not there. */
    ACCOUNT_MISSING,
    /** An account is there, but not among the accounts. */
    ACCOUNT_UNLISTED,
    /** A key is among an account's keys, or is archived, but is not there. */
    KEY_MISSING,
    /** A key is among an account's keys, but says that it is another's. */
    KEY_ACCOUNT,
    /** The account's balance is not the sum of its archived entries. */
    ARCHIVED_BALANCE,
    /** What was ever topped up is not the sum of the archived top-ups. */
    ARCHIVED_TOPUP,
    /** What was ever credited is not the sum of the archived credits. */
    ARCHIVED_CREDIT,
    /** What the archive notes as the sum of an account's entries is not their sum. */
    ARCHIVED_SUM,
    /** The archive's daily usage of an account does not cost what its entries say. */
    ARCHIVED_USAGE,
    /** An account or a key is not archived. */
    UNARCHIVED,
    /** An account or a key has been changed more often, or less, than its archived events say. */
    REVISION,
    /** A field of an account or a key is not what its archived events say. */
    FIELD
  }

  /** What is counted. */
  public enum Measure {
    /** Nano-USD. */
    USD,
    TOKENS,
    REQUESTS,
    HOLDS,
    EVENTS,
    /** Milliseconds since the epoch. */
    TIME,
    /** The number of a bucket. */
    BUCKET,
    /** How often something was changed. */
    REVISION,
    NOTHING
  }

  /** Of an amount or a count. */
  public static AuditDifference of(
      What what, Measure measure, @Nullable Long expected, long actual) {
    return new AuditDifference(
        what,
        null,
        null,
        null,
        null,
        null,
        null,
        measure,
        expected,
        actual == AuditNumbers.UNREADABLE ? null : Long.valueOf(actual));
  }

  /** Of something that is there or not. */
  public static AuditDifference of(What what) {
    return new AuditDifference(
        what, null, null, null, null, null, null, Measure.NOTHING, null, null);
  }

  public static AuditDifference usd(What what, long expected, long actual) {
    return of(what, Measure.USD, expected, actual);
  }

  public AuditDifference of(@Nullable String otherAccount, @Nullable String otherKey) {
    return new AuditDifference(
        what, otherAccount, otherKey, request, budget, event, field, measure, expected, actual);
  }

  AuditDifference request(String other) {
    return new AuditDifference(
        what, account, key, other, budget, event, field, measure, expected, actual);
  }

  AuditDifference budget(String other) {
    return new AuditDifference(
        what, account, key, request, other, event, field, measure, expected, actual);
  }

  AuditDifference event(String other) {
    return new AuditDifference(
        what, account, key, request, budget, other, field, measure, expected, actual);
  }

  public AuditDifference field(String other) {
    return new AuditDifference(
        what, account, key, request, budget, event, other, measure, expected, actual);
  }
}
