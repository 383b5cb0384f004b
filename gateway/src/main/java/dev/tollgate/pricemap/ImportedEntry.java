package dev.tollgate.pricemap;

import dev.tollgate.pricing.ModelRates;
import java.util.List;
import java.util.Map;

/** What became of a selected entry of the map. */
public sealed interface ImportedEntry {
  /** As the map names it. */
  String name();

  /** Where the map has it, from 1. */
  int line();

  /**
   * It is a model of the card.
   *
   * @param mode as the map says it
   * @param litellmProvider as the map says it
   * @param sources by {@link dev.tollgate.pricing.CardFact#key()}: which keys of the map it is from
   * @param remarks on its other keys, each once
   */
  record Taken(
      String name,
      int line,
      ModelRates rates,
      String mode,
      String litellmProvider,
      Map<String, String> sources,
      List<Remark> remarks)
      implements ImportedEntry {
    public Taken {
      sources = Map.copyOf(sources);
      remarks = List.copyOf(remarks);
    }
  }

  /**
   * It is not.
   *
   * @param detail what exactly; may be empty
   */
  record LeftOut(String name, int line, Reason reason, String detail) implements ImportedEntry {}

  /** Why an entry is left out. */
  enum Reason {
    NOT_A_MODEL("is not a model"),
    NO_PROVIDER("names no litellm_provider"),
    NO_MODE("names no mode"),
    MODE_NOT_SERVED("its mode is not served"),
    ONE_SIZE("prices one size of an image: a card knows none"),
    BAD_NAME("its name is not 1 to 256 visible ASCII characters"),
    NAME_TAKEN("another model has its name"),
    FAULTY("says what cannot be right"),
    FREE("is free: taken only with --free"),
    PRICE_MISSING("lacks a price that its mode needs");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** For people. */
    public String text() {
      return text;
    }
  }
}
