package dev.tollgate.cli;

import dev.tollgate.http.Json;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
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

/** {@code tollgate keys}: through the admin API of a running gateway. */
@Command(
    name = "keys",
    description = "Creates, lists and revokes the keys of an account.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class KeysCommand implements Runnable {
  private static final String[] COLUMNS = {
    "id",
    "name",
    "hint",
    "status",
    "quota_usd",
    "quota_used_usd",
    "max_concurrency",
    "expires_at",
    "last_used_at"
  };

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  @Command(
      name = "create",
      description = "Creates a key; its secret is shown this once.",
      mixinStandardHelpOptions = true)
  int create(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Option(names = "--name", description = "To know it by.") @Nullable String name,
      @Option(
              names = "--quota-usd",
              converter = Decimal.class,
              description = "What it may spend in all.")
          @Nullable BigDecimal quota,
      @Option(names = "--max-concurrency", description = "Requests at a time.")
          @Nullable Long concurrency,
      @Option(names = "--models", split = ",", description = "Globs of the models it may use.")
          @Nullable List<String> models,
      @Option(names = "--expires-at", description = "Such as 2030-12-31T23:59:59Z.")
          @Nullable String expiresAt) {
    Map<String, Object> body = new LinkedHashMap<>();
    Arguments.put(body, "name", name);
    Arguments.put(body, "quota_usd", quota);
    Arguments.put(body, "max_concurrency", concurrency);
    Arguments.put(body, "models", models);
    Arguments.put(body, "expires_at", expiresAt);
    JsonNode key = admin.client().post(path(account), body, null);
    Arguments.print(spec, admin.json(), key, "key", "id", "account", "name", "quota_usd");
    return 0;
  }

  @Command(
      name = "list",
      description = "Lists the keys of an account.",
      mixinStandardHelpOptions = true)
  int list(@Mixin AdminOptions admin, @Parameters(paramLabel = "ACCOUNT") String account) {
    JsonNode answer = admin.client().get(path(account));
    if (admin.json()) {
      spec.commandLine().getOut().println(Json.write(answer));
    } else {
      Table.of(answer.path("data"), COLUMNS).print(spec.commandLine().getOut());
    }
    return 0;
  }

  @Command(
      name = "revoke",
      description = "Refuses every request with a key, for good.",
      mixinStandardHelpOptions = true)
  int revoke(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "KEY_ID") String key) {
    JsonNode revoked = admin.client().delete(path(account) + "/" + Arguments.encode(key));
    Arguments.print(spec, admin.json(), revoked, "id", "name", "status");
    return 0;
  }

  private static String path(String account) {
    return "/admin/v1/accounts/" + Arguments.encode(account) + "/keys";
  }
}
