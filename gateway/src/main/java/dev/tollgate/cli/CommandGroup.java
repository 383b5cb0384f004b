package dev.tollgate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that is only the name of others. Alone it cannot be understood. */
@Command(mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND")
abstract class CommandGroup implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  final CommandSpec spec() {
    return spec;
  }

  @Override
  public final void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }
}
