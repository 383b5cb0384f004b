package dev.tollgate.cli;

import dev.tollgate.config.Checked;
import dev.tollgate.config.ConfigBounds;
import dev.tollgate.config.ConfigLoader;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.RateCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a rate card, and reads it again before it takes the place of another. */
final class CardFile {
  private CardFile() {}

  /**
   * Whole or not at all: what a gateway watches is never half a card.
   *
   * @param models what the card must turn out to say
   */
  static void write(Path file, String card, List<ModelRates> models, boolean isOverwriting) {
    if (!isOverwriting && Files.exists(file)) {
      throw new CommandFailure(file + " is there already; --overwrite writes over it", null);
    }
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new CommandFailure("there is no directory for " + file, null);
    }
    @Nullable Path written = null;
    try {
      written = Files.createTempFile(directory, file.getFileName() + ".", ".new");
      Files.writeString(written, card);
      prove(written, models);
      Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException unwritable) {
      throw CommandFailure.of("cannot write " + file, unwritable);
    } finally {
      remove(written);
    }
  }

  private static void prove(Path written, List<ModelRates> models) {
    Checked<RateCard> checked = new ConfigLoader(Map.of(), ConfigBounds.DEFAULT).loadRates(written);
    switch (checked) {
      case Checked.Faulty<RateCard> faulty ->
          throw new CommandFailure(
              "the card would be faulty: " + faulty.faults().getFirst().message(), null);
      case Checked.Valid<RateCard> valid -> {
        Map<String, ModelRates> read = valid.value().models();
        if (!models.stream().allMatch(model -> model.equals(read.get(model.name())))) {
          throw new IllegalStateException("a card does not read back as it was written");
        }
      }
    }
  }

  /** After a failure only: a file that has been moved is no longer there. */
  private static void remove(@Nullable Path written) {
    if (written != null) {
      try {
        Files.deleteIfExists(written);
      } catch (IOException stays) {
        // the failure that left it there is the one to tell
      }
    }
  }
}
