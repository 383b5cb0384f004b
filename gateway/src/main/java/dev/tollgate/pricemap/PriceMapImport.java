package dev.tollgate.pricemap;

import dev.tollgate.pricemap.ImportedEntry.LeftOut;
import dev.tollgate.pricemap.ImportedEntry.Reason;
import dev.tollgate.pricemap.ImportedEntry.Taken;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What came of a price map.
 *
 * @param entries those that were selected, in the order of the map
 * @param notSelected how many others there are
 */
public record PriceMapImport(List<ImportedEntry> entries, int notSelected) {
  /** What documents the format, and is no model. */
  static final String SAMPLE = "sample_spec";

  public PriceMapImport {
    entries = List.copyOf(entries);
  }

  /**
   * Reads a map to its end. Blocks on the stream, and closes it.
   *
   * @param file as it is named in faults
   * @throws PriceMapFault where the text is no JSON, or no object, or breaks a bound
   * @throws tools.jackson.core.exc.JacksonIOException where it cannot be read at all
   */
  public static PriceMapImport read(InputStream input, String file, ImportSettings settings)
      throws PriceMapFault {
    EntryImport entryImport = new EntryImport(settings);
    List<ImportedEntry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    int[] notSelected = {0};
    PriceMapReader.read(
        input,
        file,
        entry -> {
          ImportedEntry imported = entryImport.read(entry);
          if (imported != null) {
            entries.add(once(imported, names));
          } else if (!entry.name().equals(SAMPLE)) {
            notSelected[0]++;
          }
        });
    return new PriceMapImport(entries, notSelected[0]);
  }

  /** Short names may meet: the first of a name has it. */
  private static ImportedEntry once(ImportedEntry entry, Set<String> names) {
    return entry instanceof Taken taken && !names.add(taken.rates().name())
        ? new LeftOut(entry.name(), entry.line(), Reason.NAME_TAKEN, taken.rates().name())
        : entry;
  }

  public List<Taken> taken() {
    return entries.stream().filter(Taken.class::isInstance).map(Taken.class::cast).toList();
  }

  public List<LeftOut> leftOut() {
    return entries.stream().filter(LeftOut.class::isInstance).map(LeftOut.class::cast).toList();
  }

  /** Whether the card has all that the selected entries say of prices. */
  public boolean isWhole() {
    return leftOut().isEmpty()
        && taken().stream()
            .flatMap(taken -> taken.remarks().stream())
            .noneMatch(remark -> remark.kind().isLeftOut());
  }
}
