package dev.tollgate.cli;

import dev.tollgate.http.Json;
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

@Command(
    name = "accounts",
    description = "create, list, show and suspend accounts",
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
      description = "create an account; it starts at zero",
      mixinStandardHelpOptions = true)
  int create(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--email") @Nullable String email,
      @Option(names = "--price-multiplier", description = "what it pays of the list price")
          @Nullable String multiplier,
      @Option(names = "--credit-limit-usd", description = "how far below zero it may go")
          @Nullable String creditLimit) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", name);
    Arguments.putText(body, "email", email);
    Arguments.putNumber(body, "price_multiplier", multiplier);
    Arguments.putNumber(body, "credit_limit_usd", creditLimit);
    return print(admin, admin.client().post(PATH, body, null));
  }

  @Command(
      name = "list",
      description = "list accounts, oldest first",
      mixinStandardHelpOptions = true)
  int list(
      @Mixin AdminOptions admin,
      @Option(names = "--limit", defaultValue = "100") int limit,
      @Option(names = "--after", description = "the last id of the page before")
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

  @Command(name = "show", description = "show an account", mixinStandardHelpOptions = true)
  int show(@Mixin AdminOptions admin, @Parameters(paramLabel = "ID") String id) {
    return print(admin, admin.client().get(PATH + "/" + Arguments.encode(id)));
  }

  @Command(
      name = "suspend",
      description = "refuse every request of an account, or admit them again")
  int suspend(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--lift", description = "make it active again") boolean lift) {
    Map<String, Object> body = Map.of("status", lift ? "active" : "suspended");
    return print(admin, admin.client().patch(PATH + "/" + Arguments.encode(id), body));
  }

  private int print(AdminOptions admin, JsonNode account) {
    Arguments.print(spec, admin.json(), account, COLUMNS);
    return 0;
  }
}
