package dev.tollgate.runs;

import dev.tollgate.ledger.HeldRun;

/**
 * A run as its owner may see it.
 *
 * @param terms what it is about
 * @param now how far it has come
 */
public record Run(RunTerms terms, HeldRun now) {
  static Run of(HeldRun run) {
    return new Run(RunTerms.of(run), run);
  }

  public String id() {
    return now.id();
  }

  /** What has been charged for it so far. */
  public long chargedNanoUsd() {
    HeldRun.Charged end = now.end();
    return now.partsNanoUsd() + (end == null ? 0 : end.nanoUsd());
  }
}
