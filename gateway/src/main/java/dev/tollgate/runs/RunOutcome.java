package dev.tollgate.runs;

import dev.tollgate.domain.Refusal;

/** What came of something that was asked about a run. */
public sealed interface RunOutcome {
  /**
   * @param iteration the one that it was about; 0 for none
   */
  record Done(Run run, int iteration) implements RunOutcome {
    Done(Run run) {
      this(run, 0);
    }
  }

  record Refused(Refusal refusal) implements RunOutcome {}
}
