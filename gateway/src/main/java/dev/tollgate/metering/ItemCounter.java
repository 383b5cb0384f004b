package dev.tollgate.metering;

import java.util.Map;
import java.util.Set;

/**
 * Counts the items of an answer's output that stand for something done at a fee: web searches, for
 * one. A stream tells of each as it is done and of all once more at its end; of these two counts
 * the larger one holds. Not for use by two threads.
 */
final class ItemCounter {
  /** An item that is not done yet, or never will be. Any other status, or none, is that of one. */
  private static final Set<String> UNDONE =
      Set.of("in_progress", "searching", "incomplete", "failed");

  /** What a search may be followed by, in items of the same type and without a fee. */
  private static final Set<String> FREE_ACTIONS = Set.of("open_page", "find_in_page", "find");

  private final Map<String, Figure> kinds;
  private final Figures told = new Figures();
  private final Figures listed = new Figures();

  // of the item under way
  private String type = "";
  private String status = "";
  private String action = "";

  ItemCounter(Map<String, Figure> kinds) {
    this.kinds = kinds;
  }

  void begin() {
    type = "";
    status = "";
    action = "";
  }

  void type(String value) {
    type = value;
  }

  void status(String value) {
    status = value;
  }

  void action(String value) {
    action = value;
  }

  /**
   * @param isListed whether it stands in the list of all
   */
  void end(boolean isListed) {
    Figure figure = kinds.get(type);
    if (figure != null && !UNDONE.contains(status) && !FREE_ACTIONS.contains(action)) {
      (isListed ? listed : told).add(figure.index(), 1);
    }
  }

  /**
   * A document is over: what it has told of goes into the figures.
   *
   * @return whether anything has been counted in the answer
   */
  boolean documentEnded(Figures figures) {
    if (told.isEmpty() && listed.isEmpty()) {
      return false;
    }
    for (Figure figure : kinds.values()) {
      long counted = Math.max(told.get(figure), listed.get(figure));
      figures.set(figure.index(), Math.max(counted, figures.get(figure)));
    }
    listed.clear();
    return true;
  }
}
