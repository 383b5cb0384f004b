package dev.tollgate.cli;

import dev.tollgate.http.Json;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code tollgate audit}: does all that Redis has agree with itself, and with the archive? */
@Command(
    name = "audit",
    description = {
      "Compares balances with their entries, what is held with the open holds, budgets with what",
      "they count, and all accounts and keys with the archive. Changes nothing, and may run at any",
      "time."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:everything agrees",
      "1:it could not be found out",
      "2:the command line cannot be understood",
      "3:there are differences"
    },
    mixinStandardHelpOptions = true)
final class AuditCommand implements Callable<Integer> {
  private static final int EXIT_DIFFERENCES = 3;
  private static final String PATH = "/admin/v1/audit";

  /** The gateway has a bound of its own. */
  private static final Duration AUDIT_MAX = Duration.ofHours(1);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private AdminOptions admin = new AdminOptions();

  @Override
  public Integer call() throws InterruptedException {
    ApiClient client = admin.client();
    JsonNode report =
        ProgressBar.await(
            Output.of(spec),
            () -> client.get(PATH, AUDIT_MAX),
            () -> {
              JsonNode progress = client.get(PATH + "/progress");
              return new ProgressBar.Share(
                  progress.path("shards_done").asInt(), progress.path("shards").asInt());
            });
    boolean isClean = report.path("ok").asBoolean();
    if (admin.json()) {
      Output.of(spec).line(Json.write(report));
    } else {
      print(report, isClean);
    }
    return isClean ? 0 : EXIT_DIFFERENCES;
  }

  private void print(JsonNode report, boolean isClean) {
    Output output = Output.of(spec);
    String looked =
        String.format(
            Locale.ROOT,
            "%,d accounts, %,d entries and %,d open holds",
            report.path("accounts").asLong(),
            report.path("entries").asLong(),
            report.path("holds").asLong());
    if (isClean) {
      output.good("ok: " + looked + " agree");
      return;
    }
    JsonNode differences = report.path("differences");
    if (!differences.isEmpty()) {
      table(differences).print(spec.commandLine().getOut());
    }
    if (report.path("unproven").asLong() > 0) {
      output.bad(
          report.path("unproven").asLong()
              + " accounts have unproven holds: more are open than limits.audit.walked_holds_max");
    }
    if (report.path("unarchived").asLong() > 0) {
      output.bad(
          report.path("unarchived").asLong()
              + " accounts and keys were not compared: the archive is away or behind");
    }
    boolean isTruncated = report.path("truncated").asBoolean();
    int count = differences.size();
    output.bad(
        (isTruncated ? "more than " : "")
            + (count == 1 ? "1 difference" : count + " differences")
            + " in "
            + looked);
  }

  private static Table table(JsonNode differences) {
    Table table = new Table("account", "what", "where", "unit", "expected", "actual");
    for (JsonNode difference : differences) {
      table.row(
          Table.text(difference.path("account")),
          Table.text(difference.path("what")),
          where(difference),
          Table.text(difference.path("unit")),
          Table.text(difference.path("expected")),
          Table.text(difference.path("actual")));
    }
    return table;
  }

  private static String where(JsonNode difference) {
    StringBuilder where = new StringBuilder();
    for (String field : new String[] {"key", "request", "budget", "event", "field"}) {
      String value = difference.path(field).asString("");
      if (!value.isEmpty()) {
        where.append(where.isEmpty() ? "" : " ").append(value);
      }
    }
    return where.isEmpty() ? "-" : where.toString();
  }
}
