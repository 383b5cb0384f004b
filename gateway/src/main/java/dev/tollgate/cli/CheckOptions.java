package dev.tollgate.cli;

import dev.tollgate.config.Checked;
import dev.tollgate.config.ConfigBounds;
import dev.tollgate.config.ConfigLoader;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;

/** Of commands that check files and tell what came of it. */
final class CheckOptions extends JsonOption {
  /**
   * @return the exit code
   */
  int check(CommandSpec spec, Function<ConfigLoader, Checked<?>> files) {
    ConfigLoader loader = new ConfigLoader(System.getenv(), ConfigBounds.DEFAULT);
    return CheckReport.print(files.apply(loader), json(), Output.of(spec));
  }
}
