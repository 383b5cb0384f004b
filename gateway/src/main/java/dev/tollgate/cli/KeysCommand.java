package dev.tollgate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code tollgate keys}: through the admin API of a running gateway. */
@Command(name = "keys", description = "Creates, lists, shows, changes and revokes keys.")
final class KeysCommand extends CommandGroup {
  private static final String[] COLUMNS = {
    "id", "name", "hint", "status", "budgets", "models", "expires_at", "last_used_at"
  };
  private static final String[] FIELDS = {
    "id",
    "account",
    "name",
    "hint",
    "status",
    "models",
    "scopes",
    "expires_at",
    "created_at",
    "last_used_at"
  };

  @Command(
      name = "create",
      description = "Creates a key; its secret is shown this once.",
      mixinStandardHelpOptions = true)
  int create(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Mixin KeyOptions options) {
    JsonNode key = admin.client().post(path(account), options.body(), null);
    return admin.printWithBudgets(
        spec(), key, "key", "id", "account", "name", "models", "expires_at");
  }

  @Command(
      name = "list",
      description = "Lists the keys of an account, with what is used of their budgets.",
      mixinStandardHelpOptions = true)
  int list(@Mixin AdminOptions admin, @Parameters(paramLabel = "ACCOUNT") String account) {
    return admin.printList(spec(), admin.client().get(path(account)), COLUMNS);
  }

  @Command(
      name = "show",
      description = "Shows a key, and what is used of its budgets.",
      mixinStandardHelpOptions = true)
  int show(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "KEY_ID") String key) {
    return admin.printWithBudgets(spec(), admin.client().get(path(account, key)), FIELDS);
  }

  @Command(
      name = "change",
      description = "Changes what is named of a key, from its next request on.",
      mixinStandardHelpOptions = true)
  int change(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "KEY_ID") String key,
      @Mixin KeyOptions options) {
    JsonNode changed = admin.client().patch(path(account, key), options.body());
    return admin.printWithBudgets(spec(), changed, FIELDS);
  }

  @Command(
      name = "revoke",
      description = "Refuses every request with a key, for good.",
      mixinStandardHelpOptions = true)
  int revoke(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "KEY_ID") String key) {
    return admin.print(spec(), admin.client().delete(path(account, key)), "id", "name", "status");
  }

  private static String path(String account) {
    return AccountsCommand.path(account) + "/keys";
  }

  private static String path(String account, String key) {
    return path(account) + "/" + Arguments.encode(key);
  }
}
