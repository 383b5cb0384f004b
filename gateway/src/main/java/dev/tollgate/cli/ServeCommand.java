package dev.tollgate.cli;

import dev.tollgate.app.ConfigSource;
import dev.tollgate.app.Gateway;
import dev.tollgate.config.Checked;
import dev.tollgate.config.Snapshot;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tollgate serve}: runs until it is told to stop. */
@Command(name = "serve", description = "Runs the gateway.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "config/gateway.yaml",
      description = "The file; ${DEFAULT-VALUE} unless given.")
  private Path file = Path.of("");

  @Override
  public Integer call() throws InterruptedException {
    ConfigSource source = ConfigSource.of(file, System.getenv());
    Checked<Snapshot> checked = source.loader().load(file);
    if (!(checked instanceof Checked.Valid<Snapshot> valid)) {
      return CheckReport.print(checked, false, Output.of(spec));
    }
    checked.notices().forEach(notice -> Output.of(spec).warning("notice: " + notice));
    return Foreground.run(() -> Gateway.start(source, valid.value()), gateway -> {});
  }
}
