package dev.tollgate.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/**
 * The entry point of the one command. Exit codes: 0 when all is well, 1 for a fault, 2 for a
 * command line that cannot be understood, 3 when an audit or a comparison has found differences, or
 * an import has left something out.
 */
@Command(
    name = "tollgate",
    description = "An LLM gateway that bills.",
    versionProvider = Tollgate.Version.class,
    subcommands = {
      ServeCommand.class,
      DemoCommand.class,
      AccountsCommand.class,
      KeysCommand.class,
      CreditCommand.class,
      BalanceCommand.class,
      TransactionsCommand.class,
      TopUpCommand.class,
      UsageCommand.class,
      McpCommand.class,
      AuditCommand.class,
      RestoreCommand.class,
      ConfigCommand.class,
      RatesCommand.class
    })
public final class Tollgate extends CommandGroup {
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command with all of its subcommands; a new one for each use. */
  static CommandLine commandLine() {
    return new CommandLine(new Tollgate()).setExecutionExceptionHandler(Tollgate::explain);
  }

  /** A failure is a sentence; anything else is a bug, and shows where it is. */
  private static int explain(Exception failure, CommandLine command, ParseResult parsed)
      throws Exception {
    if (!(failure instanceof CommandFailure)) {
      throw failure;
    }
    Output.of(command.getCommandSpec()).bad("tollgate: " + failure.getMessage());
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  /** The version that the build has written into the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Tollgate.class.getPackage().getImplementationVersion();
      return new String[] {"tollgate " + (version == null ? "(not from a jar)" : version)};
    }
  }
}
