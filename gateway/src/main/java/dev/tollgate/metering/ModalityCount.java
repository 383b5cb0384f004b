package dev.tollgate.metering;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a list that says how much of a figure is of which kind, while it is read: its name
 * and its count may come in any order. Not for use by two threads.
 */
final class ModalityCount {
  private @Nullable String modality;
  private long tokens;

  void begin() {
    modality = null;
    tokens = 0;
  }

  void modality(String name) {
    modality = name;
  }

  void tokens(long count) {
    tokens = count;
  }

  /** The entry is complete; several of one kind add up. */
  void end(Map<String, Integer> slots, Figures figures) {
    Integer slot = modality == null ? null : slots.get(modality);
    if (slot != null) {
      figures.add(slot, tokens);
    }
  }
}
