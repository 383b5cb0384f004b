package dev.tollgate.kept;

import dev.tollgate.domain.ObjectKind;
import java.time.Duration;

/**
 * Bounds of what providers keep for accounts.
 *
 * @param objectsMax of each kind that an account may have; the oldest responses make way for new
 *     ones, of all else no more are made
 * @param keptMillis for which the ledger knows whose an object is: longer than any provider keeps
 *     it
 * @param responsesKeptMillis the same for responses
 * @param leaseMillis for which the hold of what is paid for later lives without a word of it
 * @param listedMax on one page of a list
 * @param listCallsMax of the provider at a time, for one page
 * @param listedBytesMax of one object on a page
 * @param heldEpochs what is held for a training job that leaves their number to the provider
 * @param watch how what is paid for later is watched
 */
public record KeptSettings(
    int objectsMax,
    long keptMillis,
    long responsesKeptMillis,
    long leaseMillis,
    int listedMax,
    int listCallsMax,
    int listedBytesMax,
    int heldEpochs,
    WatchSettings watch) {
  public static final KeptSettings DEFAULT =
      new KeptSettings(
          10_000,
          Duration.ofDays(730).toMillis(),
          Duration.ofDays(31).toMillis(),
          Duration.ofDays(7).toMillis(),
          100,
          8,
          64 << 10,
          10,
          WatchSettings.DEFAULT);

  /** For which the ledger knows whose an object of that kind is. */
  public long keptMillisOf(ObjectKind kind) {
    return kind == ObjectKind.RESPONSE ? responsesKeptMillis : keptMillis;
  }
}
