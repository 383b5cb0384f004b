package dev.tollgate.config;

import java.util.List;

/** Hears of reloads, on the thread that reloads. */
public interface ConfigListener {
  /**
   * A valid change.
   *
   * @param needRestart the settings that differ from those the gateway was started with and take
   *     effect only at its next start
   */
  void reloaded(Snapshot snapshot, List<Finding> notices, List<Finding> needRestart);

  /** A change that is not valid: what was valid before stays. */
  void rejected(List<Finding> faults);
}
