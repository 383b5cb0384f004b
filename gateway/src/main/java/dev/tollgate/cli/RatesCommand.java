package dev.tollgate.cli;

import dev.tollgate.config.ConfigBounds;
import dev.tollgate.config.ConfigLoader;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tollgate rates check}. */
@Command(
    name = "rates",
    description = "Looks after the rate card.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class RatesCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

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
      @Option(names = "--json", description = "Prints JSON.") boolean asJson) {
    ConfigLoader loader = new ConfigLoader(System.getenv(), ConfigBounds.DEFAULT);
    return CheckReport.print(loader.loadRates(file), asJson, Output.of(spec));
  }
}
