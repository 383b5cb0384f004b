package dev.tollgate.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tollgate rates check}. */
@Command(
    name = "rates",
    description = "Looks after the rate card.",
    subcommands = {RatesDiff.class, RatesImport.class})
final class RatesCommand extends CommandGroup {
  @Command(
      name = "check",
      description = {
        "Checks a rate card alone, and lists every fault.",
        "Whether its providers exist is for `tollgate config check`, which reads both files."
      },
      mixinStandardHelpOptions = true)
  int check(
      @Parameters(
              arity = "0..1",
              paramLabel = "FILE",
              defaultValue = "config/rates.yaml",
              description = "The card; ${DEFAULT-VALUE} unless given.")
          Path file,
      @Mixin CheckOptions options) {
    return options.check(spec(), loader -> loader.loadRates(file));
  }
}
