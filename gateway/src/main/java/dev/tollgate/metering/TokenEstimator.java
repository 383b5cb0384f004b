package dev.tollgate.metering;

import java.util.concurrent.CompletionStage;

/** Counts tokens where a provider did not. Works off the event loops, on a bounded pool. */
public interface TokenEstimator {
  /**
   * The tokens of what was delivered, extrapolated beyond the sample. Never zero for text that is
   * not empty. The stage completes on a thread of the pool; when the pool is full, at once with the
   * byte count over a ratio.
   */
  CompletionStage<Long> estimate(DeliveredText delivered);
}
