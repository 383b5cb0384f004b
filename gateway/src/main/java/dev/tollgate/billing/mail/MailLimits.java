package dev.tollgate.billing.mail;

/**
 * How receipts are sent.
 *
 * @param lookMillis between two looks for receipts that are due
 * @param settleMillis from a payment until its receipt is sent: its bonus may come after it
 * @param connectMillisMax for a connection to the mail server
 * @param answerMillisMax for each of its answers, and for each write
 * @param leaseMillis until another gateway takes what one has claimed and not sent
 * @param retryMillis the pause after the first failure, doubled each time
 * @param retryMillisMax but no longer than this
 * @param triesMax of one receipt
 * @param receiptMillisMax how old a payment may be when its receipt is sent
 * @param claimsMax receipts that are claimed at a time
 */
public record MailLimits(
    int lookMillis,
    long settleMillis,
    int connectMillisMax,
    int answerMillisMax,
    long leaseMillis,
    long retryMillis,
    long retryMillisMax,
    int triesMax,
    long receiptMillisMax,
    int claimsMax) {
  public static final MailLimits DEFAULT =
      new MailLimits(
          5_000, 15_000, 10_000, 120_000, 1_800_000, 60_000, 21_600_000, 40, 604_800_000, 20);

  private static long saturated(long left, long right) {
    return Math.multiplyHigh(left, right) == 0 && left * right >= 0 ? left * right : Long.MAX_VALUE;
  }

  /** How long to wait after so many tries. */
  long pauseMillis(int tries) {
    int doublings = Math.min(tries - 1, 30);
    return Math.min(retryMillisMax, saturated(retryMillis, 1L << doublings));
  }
}
