package dev.tollgate.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tollgate config check}. */
@Command(name = "config", description = "Looks after gateway.yaml.")
final class ConfigCommand extends CommandGroup {
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
      @Mixin CheckOptions options) {
    return options.check(spec(), loader -> loader.load(file));
  }
}
