package dev.tollgate.cli;

import dev.tollgate.config.ConfigBounds;
import dev.tollgate.config.ConfigLoader;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tollgate config check}. */
@Command(
    name = "config",
    description = "Looks after gateway.yaml.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class ConfigCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  @Command(
      name = "check",
      description = "Checks gateway.yaml and the rate card that it names, and lists every fault.",
      mixinStandardHelpOptions = true)
  int check(
      @Option(
              names = "--config",
              paramLabel = "FILE",
              defaultValue = "config/gateway.yaml",
              description = "The file; ${DEFAULT-VALUE} unless given.")
          Path file,
      @Option(names = "--json", description = "Prints JSON.") boolean asJson) {
    ConfigLoader loader = new ConfigLoader(System.getenv(), ConfigBounds.DEFAULT);
    return CheckReport.print(loader.load(file), asJson, Output.of(spec));
  }
}
