package dev.tollgate.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Budgets, as the admin API shows them, for people. */
final class BudgetText {
  private static final String[] COLUMNS = {
    "budget", "unit", "period", "limit", "used", "held", "remaining", "reset_at", "models"
  };

  /** The units of short names that do not say theirs. */
  private static final Map<String, String> UNITS =
      Map.of("usd", " USD", "requests", " requests", "tokens", " tokens", "concurrent", "");

  private BudgetText() {}

  /** All of them, a row for each. */
  static Table table(JsonNode budgets) {
    Table table = new Table(COLUMNS);
    for (JsonNode budget : budgets) {
      String[] cells = new String[COLUMNS.length];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = Table.text(budget.path(i == 0 ? "name" : COLUMNS[i]));
      }
      table.row(cells);
    }
    return table;
  }

  /** All of them in one cell: {@code quota 0.2/10 USD; rpm 3/600 requests}. */
  static String brief(JsonNode budgets) {
    List<String> texts = new ArrayList<>();
    for (JsonNode budget : budgets) {
      String unit = budget.path("unit").asString("");
      String counted = Table.text(budget.path(unit.equals("concurrent") ? "held" : "used"));
      texts.add(
          "%s %s/%s%s"
              .formatted(
                  budget.path("name").asString(""),
                  counted,
                  Table.text(budget.path("limit")),
                  UNITS.getOrDefault(unit, "")));
    }
    return texts.isEmpty() ? "-" : String.join("; ", texts);
  }
}
