package dev.tollgate.cli;

import dev.tollgate.app.ConfigSource;
import dev.tollgate.app.LedgerRebuild;
import dev.tollgate.archive.Restore;
import dev.tollgate.config.Checked;
import dev.tollgate.config.Snapshot;
import dev.tollgate.http.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tollgate restore}: an empty Redis gets its ledger back. */
@Command(
    name = "restore",
    description = {
      "Puts the ledger back into an empty Redis from the archive, both as the gateway's files name",
      "them. No gateway may run meanwhile. Accounts that are there are left alone, so it may be"
          + " run",
      "again."
    },
    mixinStandardHelpOptions = true)
final class RestoreCommand implements Callable<Integer> {
  private static final int ACCOUNTS_PER_LINE = 10_000;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JsonOption json = new JsonOption();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "config/gateway.yaml",
      description = "The file; ${DEFAULT-VALUE} unless given.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    Output output = Output.of(spec);
    ConfigSource source = ConfigSource.of(file, System.getenv());
    Checked<Snapshot> checked = source.loader().load(file);
    if (!(checked instanceof Checked.Valid<Snapshot> valid)) {
      return CheckReport.print(checked, false, output);
    }
    Restore.Outcome outcome;
    try {
      outcome = LedgerRebuild.run(valid.value(), accounts -> tell(output, accounts));
    } catch (IOException | RuntimeException failure) {
      throw CommandFailure.of("not restored, or not all of it", failure);
    }
    if (json.json()) {
      output.line(Json.write(document(outcome)));
    } else {
      output.good(
          String.format(
              Locale.ROOT,
              "restored: %,d accounts, %,d keys, %,d credits, %,d objects that providers keep,"
                  + " %,d requests of the last day;"
                  + " %,d accounts were there",
              outcome.accounts(),
              outcome.keys(),
              outcome.credits(),
              outcome.objects(),
              outcome.requests(),
              outcome.there()));
    }
    return 0;
  }

  private static void tell(Output output, long accounts) {
    if (accounts % ACCOUNTS_PER_LINE == 0) {
      output.warning(String.format(Locale.ROOT, "%,d accounts", accounts));
    }
  }

  private static Map<String, Object> document(Restore.Outcome outcome) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("accounts", outcome.accounts());
    document.put("there", outcome.there());
    document.put("keys", outcome.keys());
    document.put("credits", outcome.credits());
    document.put("objects", outcome.objects());
    document.put("requests", outcome.requests());
    return document;
  }
}
