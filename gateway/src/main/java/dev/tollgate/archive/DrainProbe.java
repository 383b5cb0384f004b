package dev.tollgate.archive;

/** For tests: told at each step of the drain, before the next; may end the drain there. */
@FunctionalInterface
interface DrainProbe {
  /** What has just been done. */
  enum Step {
    READ,
    STORED,
    ACKNOWLEDGED,
    TRIMMED
  }

  DrainProbe NONE = (step, shard) -> {};

  void at(Step step, int shard);
}
