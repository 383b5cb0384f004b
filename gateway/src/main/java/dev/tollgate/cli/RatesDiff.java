package dev.tollgate.cli;

import dev.tollgate.config.Checked;
import dev.tollgate.config.ConfigBounds;
import dev.tollgate.config.ConfigLoader;
import dev.tollgate.config.Finding;
import dev.tollgate.pricing.CardDiff;
import dev.tollgate.pricing.CardDifference;
import dev.tollgate.pricing.RateCard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tollgate rates diff}. */
@Command(
    name = "diff",
    description = {
      "Compares two rate cards, price by price.",
      "How their files are written, and in which order, makes no difference."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the cards say the same",
      "1:a card has faults",
      "2:the command line cannot be understood",
      "3:there are differences"
    },
    mixinStandardHelpOptions = true)
final class RatesDiff implements Callable<Integer> {
  private static final int EXIT_DIFFERENCES = 3;

  @Parameters(paramLabel = "OLD", description = "The card as it was.")
  private Path oldFile = Path.of("");

  @Parameters(paramLabel = "NEW", description = "The card as it is to be.")
  private Path newFile = Path.of("");

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JsonOption options = new JsonOption();

  @Override
  public Integer call() {
    ConfigLoader loader = new ConfigLoader(System.getenv(), ConfigBounds.DEFAULT);
    Checked<RateCard> before = loader.loadRates(oldFile);
    Checked<RateCard> after = loader.loadRates(newFile);
    if (!(before instanceof Checked.Valid<RateCard> from)
        || !(after instanceof Checked.Valid<RateCard> to)) {
      return CheckReport.print(faults(before, after), options.json(), Output.of(spec));
    }
    List<CardDifference> differences = CardDiff.between(from.value(), to.value());
    DiffReport.print(differences, options.json(), Output.of(spec));
    return differences.isEmpty() ? 0 : EXIT_DIFFERENCES;
  }

  private static Checked<RateCard> faults(Checked<RateCard> before, Checked<RateCard> after) {
    List<Finding> faults = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    for (Checked<RateCard> checked : List.of(before, after)) {
      files.addAll(checked.files());
      if (checked instanceof Checked.Faulty<RateCard> faulty) {
        faults.addAll(faulty.faults());
      }
    }
    return new Checked.Faulty<>(faults, List.of(), files);
  }
}
