package dev.tollgate.cli;

import dev.tollgate.domain.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code tollgate usage}: what the account has used, asked with the customer's own key. */
@Command(
    name = "usage",
    description = "Shows what you have used: requests, tokens and cost in USD.",
    mixinStandardHelpOptions = true)
final class UsageCommand implements Callable<Integer> {
  private static final String[] COUNTS = {
    "requests",
    "input_tokens",
    "output_tokens",
    "cache_creation_tokens",
    "cache_read_tokens",
    "total_tokens",
    "cost",
    "actual_cost"
  };

  /** By what it can be told apart. */
  enum Group {
    DAY("daily", "date", ""),
    MODEL("models", "model", "model"),
    KEY("keys", "key_id", "key"),
    ENDPOINT("endpoints", "endpoint", "endpoint");

    private final String list;
    private final String name;
    private final String asked;

    /**
     * @param list its field in the answer
     * @param name the field of each row that says which it is
     * @param asked of the API; empty where that need not be
     */
    Group(String list, String name, String asked) {
      this.list = list;
      this.name = name;
      this.asked = asked;
    }

    @Override
    public String toString() {
      return Spelling.of(this);
    }
  }

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CustomerOptions customer = new CustomerOptions();

  @Option(names = "--from", paramLabel = "DAY", description = "The first day, as 2026-11-26.")
  private @Nullable String from;

  @Option(names = "--to", paramLabel = "DAY", description = "The last day.")
  private @Nullable String to;

  @Option(
      names = "--by",
      defaultValue = "model",
      description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} unless given.")
  private Group by = Group.MODEL;

  @Override
  public Integer call() {
    List<String> query = new ArrayList<>();
    add(query, "start_date", from);
    add(query, "end_date", to);
    add(query, "group_by", by.asked.isEmpty() ? null : by.asked);
    String path = "/v1/billing/usage" + (query.isEmpty() ? "" : "?" + String.join("&", query));
    JsonNode answer = customer.client().get(path);
    if (customer.json()) {
      return customer.print(spec, answer);
    }
    Table table = Table.of(answer.path(by.list), columns());
    table.row(cells("total", answer.path("total")));
    table.print(spec.commandLine().getOut());
    return 0;
  }

  private String[] columns() {
    String[] columns = new String[COUNTS.length + 1];
    columns[0] = by.name;
    System.arraycopy(COUNTS, 0, columns, 1, COUNTS.length);
    return columns;
  }

  private static String[] cells(String first, JsonNode counts) {
    String[] cells = new String[COUNTS.length + 1];
    cells[0] = first;
    for (int i = 0; i < COUNTS.length; i++) {
      cells[i + 1] = Table.text(counts.path(COUNTS[i]));
    }
    return cells;
  }

  private static void add(List<String> query, String name, @Nullable String value) {
    if (value != null) {
      query.add(name + "=" + Arguments.encode(value));
    }
  }
}
