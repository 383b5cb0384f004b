package dev.tollgate.cli;

import dev.tollgate.http.Json;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code tollgate accounts}: through the admin API of a running gateway. */
@Command(
    name = "accounts",
    description = "Creates, lists, shows and suspends accounts.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class AccountsCommand implements Runnable {
  private static final String PATH = "/admin/v1/accounts";
  private static final String[] COLUMNS = {
    "id", "name", "status", "balance_usd", "held_usd", "available_usd", "created_at"
  };

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  @Command(
      name = "create",
      description = "Creates an account; it starts at zero.",
      mixinStandardHelpOptions = true)
  int create(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--email", description = "Of whoever pays.") @Nullable String email,
      @Option(
              names = "--price-multiplier",
              converter = Decimal.class,
              description = "What it pays of the list price; 1 unless given.")
          @Nullable BigDecimal multiplier,
      @Option(
              names = "--credit-limit-usd",
              converter = Decimal.class,
              description = "How far below zero it may go; 0 unless given.")
          @Nullable BigDecimal creditLimit) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", name);
    Arguments.put(body, "email", email);
    Arguments.put(body, "price_multiplier", multiplier);
    Arguments.put(body, "credit_limit_usd", creditLimit);
    return print(admin, admin.client().post(PATH, body, null));
  }

  @Command(
      name = "list",
      description = "Lists accounts, oldest first.",
      mixinStandardHelpOptions = true)
  int list(
      @Mixin AdminOptions admin,
      @Option(
              names = "--limit",
              defaultValue = "100",
              description = "At most so many; ${DEFAULT-VALUE} unless given.")
          int limit,
      @Option(names = "--after", description = "The last id of the page before.")
          @Nullable String after) {
    String query = "?limit=" + limit + (after == null ? "" : "&after=" + Arguments.encode(after));
    JsonNode answer = admin.client().get(PATH + query);
    if (admin.json()) {
      spec.commandLine().getOut().println(Json.write(answer));
    } else {
      Table.of(answer.path("data"), COLUMNS).print(spec.commandLine().getOut());
    }
    return 0;
  }

  @Command(name = "show", description = "Shows an account.", mixinStandardHelpOptions = true)
  int show(@Mixin AdminOptions admin, @Parameters(paramLabel = "ID") String id) {
    return print(admin, admin.client().get(PATH + "/" + Arguments.encode(id)));
  }

  @Command(
      name = "suspend",
      description = "Refuses every request of an account, or admits them again.",
      mixinStandardHelpOptions = true)
  int suspend(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--lift", description = "Makes it active again.") boolean lift) {
    Map<String, Object> body = Map.of("status", lift ? "active" : "suspended");
    return print(admin, admin.client().patch(PATH + "/" + Arguments.encode(id), body));
  }

  private int print(AdminOptions admin, JsonNode account) {
    Arguments.print(spec, admin.json(), account, COLUMNS);
    return 0;
  }
}
