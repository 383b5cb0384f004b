package dev.tollgate.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is found while files are read, so that all of it is reported at once. */
final class Findings {
  private final int faultsMax;
  private final List<Finding> faults = new ArrayList<>();
  private final List<Finding> notices = new ArrayList<>();
  private int unlisted;

  Findings(int faultsMax) {
    this.faultsMax = faultsMax;
  }

  void fault(Place place, String key, String message) {
    if (faults.size() < faultsMax) {
      faults.add(new Finding(place, key, message));
    } else {
      unlisted++;
    }
  }

  void notice(Place place, String key, String message) {
    if (notices.size() < faultsMax) {
      notices.add(new Finding(place, key, message));
    }
  }

  boolean hasFaults() {
    return !faults.isEmpty();
  }

  /** In the order of the files' lines. */
  List<Finding> faults() {
    List<Finding> sorted = new ArrayList<>(faults);
    sorted.sort(
        Comparator.comparing((Finding fault) -> fault.place().file())
            .thenComparingInt(fault -> fault.place().line())
            .thenComparingInt(fault -> fault.place().column()));
    if (unlisted > 0) {
      Place last = sorted.getLast().place();
      sorted.add(
          new Finding(Place.wholeFile(last.file()), "", unlisted + " more faults are not listed"));
    }
    return List.copyOf(sorted);
  }

  List<Finding> notices() {
    return List.copyOf(notices);
  }
}
