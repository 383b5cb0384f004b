package dev.tollgate.upstream;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pool's connections that are being opened, for calls or to be warm. Confined to the lane's event
 * loop.
 */
final class PoolOpenings {
  private final int callsMax;
  private final List<PoolOpening> all = new ArrayList<>();

  /**
   * @param callsMax that may wait for one of them, where calls share connections
   */
  PoolOpenings(int callsMax) {
    this.callsMax = callsMax;
  }

  void add(PoolOpening opening) {
    all.add(opening);
  }

  void remove(PoolOpening opening) {
    all.remove(opening);
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** One that may have room for a call more; null for none. */
  @Nullable PoolOpening withRoom() {
    for (PoolOpening opening : all) {
      if (opening.calls() < callsMax) {
        return opening;
      }
    }
    return null;
  }

  /** How many are opened though no call waits, or waited, for them. */
  int warming() {
    int warming = 0;
    for (PoolOpening opening : all) {
      if (opening.isWarming()) {
        warming++;
      }
    }
    return warming;
  }

  /** All of them, whatever happens to one of them meanwhile. */
  List<PoolOpening> copy() {
    return List.copyOf(all);
  }

  /** Gives up those that no call waits for. */
  void letGoCold() {
    for (PoolOpening opening : copy()) {
      if (opening.isWarming() && opening.calls() == 0) {
        opening.giveUp();
      }
    }
  }
}
