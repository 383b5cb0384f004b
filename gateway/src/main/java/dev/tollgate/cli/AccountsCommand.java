package dev.tollgate.cli;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code tollgate accounts}: through the admin API of a running gateway. */
@Command(name = "accounts", description = "Creates, lists, shows, changes and suspends accounts.")
final class AccountsCommand extends CommandGroup {
  private static final String PATH = "/admin/v1/accounts";
  private static final String[] COLUMNS = {
    "id",
    "name",
    "status",
    "balance_usd",
    "held_usd",
    "available_usd",
    "daily_limit_usd",
    "created_at"
  };
  private static final String[] FIELDS = {
    "id",
    "name",
    "email",
    "status",
    "balance_usd",
    "held_usd",
    "available_usd",
    "credit_limit_usd",
    "price_multiplier",
    "lifetime_topup_usd",
    "daily_limit_usd",
    "plan",
    "plan_status",
    "plan_fee_usd",
    "plan_period_end",
    "created_at"
  };

  /** What an account may be created with. */
  static class NewAccount {
    @Option(names = "--email", description = "Of whoever pays.")
    private @Nullable String email;

    @Option(
        names = "--price-multiplier",
        paramLabel = "FACTOR",
        converter = Decimal.class,
        description = "What it pays of the list price; 1 when it is new.")
    private @Nullable BigDecimal multiplier;

    @Option(
        names = "--credit-limit-usd",
        paramLabel = "USD",
        converter = Decimal.class,
        description = "How far below zero it may go; 0 when it is new.")
    private @Nullable BigDecimal creditLimit;

    @Option(
        names = "--plan",
        paramLabel = "ID",
        description = "The plan that it is on from now on, as the rate card has it; none for none.")
    private @Nullable String plan;

    @Option(
        names = "--plan-fee-usd",
        paramLabel = "USD",
        converter = Decimal.class,
        description = "What that costs a month; what the rate card says unless given.")
    private @Nullable BigDecimal planFee;

    @Option(
        names = "--plan-expires-at",
        paramLabel = "TIME",
        description = "When it ends, as 2030-12-31T23:59:59Z; it renews each month unless given.")
    private @Nullable String planExpiresAt;

    Map<String, @Nullable Object> body(@Nullable String name) {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      Arguments.put(body, "name", name);
      Arguments.put(body, "email", email);
      Arguments.put(body, "price_multiplier", multiplier);
      Arguments.put(body, "credit_limit_usd", creditLimit);
      if (plan != null) {
        body.put("plan", plan.equals("none") ? null : plan);
      }
      Arguments.put(body, "plan_fee_usd", planFee);
      Arguments.put(body, "plan_expires_at", planExpiresAt);
      return body;
    }
  }

  @Command(
      name = "create",
      description = "Creates an account; it starts at zero.",
      mixinStandardHelpOptions = true)
  int create(
      @Mixin AdminOptions admin,
      @Mixin NewAccount account,
      @Parameters(paramLabel = "NAME") String name) {
    return print(admin, admin.client().post(PATH, account.body(name), null));
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
    return admin.printList(spec(), admin.client().get(PATH + query), COLUMNS);
  }

  @Command(
      name = "show",
      description = "Shows an account, and what is used of its budgets.",
      mixinStandardHelpOptions = true)
  int show(@Mixin AdminOptions admin, @Parameters(paramLabel = "ID") String id) {
    return print(admin, admin.client().get(path(id)));
  }

  @Command(
      name = "change",
      description = "Changes what is named of an account, from its next request on.",
      mixinStandardHelpOptions = true)
  int change(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--name", description = "To know it by.") @Nullable String name,
      @Mixin NewAccount account,
      @Option(
              names = {"--daily-limit-usd", "--daily-limit"},
              paramLabel = "USD",
              converter = Limit.Reader.class,
              description = "What it may spend a day, in UTC; none lifts it.")
          @Nullable Limit dailyLimit,
      @Mixin BudgetOptions budgets) {
    Map<String, @Nullable Object> body = account.body(name);
    Arguments.put(body, "daily_limit_usd", dailyLimit);
    budgets.addTo(body);
    return print(admin, admin.client().patch(path(id), body));
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
    return print(admin, admin.client().patch(path(id), body));
  }

  private int print(AdminOptions admin, JsonNode account) {
    return admin.printWithBudgets(spec(), account, FIELDS);
  }

  /** Of one account, and of what belongs to it. */
  static String path(String id) {
    return PATH + "/" + Arguments.encode(id);
  }
}
