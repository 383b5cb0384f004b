package dev.tollgate.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code tollgate transactions}: the account's ledger, asked with the customer's own key. */
@Command(
    name = "transactions",
    description = "Shows what came in and went out of your balance, newest first.",
    mixinStandardHelpOptions = true)
final class TransactionsCommand implements Callable<Integer> {
  private static final String PATH = "/v1/billing/transactions";
  private static final String[] COLUMNS = {
    "created_at", "kind", "amount_usd", "description", "reference_id"
  };

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CustomerOptions customer = new CustomerOptions();

  @Option(
      names = "--page",
      defaultValue = "1",
      description = "Which page; ${DEFAULT-VALUE} unless given.")
  private int page;

  @Option(
      names = "--per-page",
      defaultValue = "20",
      description = "How many to a page; ${DEFAULT-VALUE} unless given.")
  private int perPage;

  @Option(
      names = "--kind",
      paramLabel = "KINDS",
      description = "Only these, with commas between: topup, refund, debit_inference, …")
  private @Nullable String kinds;

  @Override
  public Integer call() {
    String query = "?page=" + page + "&per_page=" + perPage;
    String filter = kinds == null ? "" : "&kind=" + Arguments.encode(kinds);
    JsonNode answer = customer.client().get(PATH + query + filter);
    int exit = customer.printList(spec, answer, COLUMNS);
    if (!customer.json()) {
      Output.of(spec).note(range(answer.path("meta"), answer.path("data").size()));
    }
    return exit;
  }

  private static String range(JsonNode meta, int shown) {
    long before = (meta.path("page").asLong() - 1) * meta.path("per_page").asLong();
    return shown == 0
        ? String.format(Locale.ROOT, "none of %,d", meta.path("total").asLong())
        : String.format(
            Locale.ROOT,
            "%,d to %,d of %,d",
            before + 1,
            before + shown,
            meta.path("total").asLong());
  }

  /** The newest few, as a table. */
  static Table newest(ApiClient client, int count) {
    return Table.of(client.get(PATH + "?page=1&per_page=" + count).path("data"), COLUMNS);
  }
}
