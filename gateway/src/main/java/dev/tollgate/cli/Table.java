package dev.tollgate.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Columns for people: as wide as their widest cell. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... titles) {
    rows.add(List.of(titles));
  }

  Table row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  /** One row per entry of the list, with the fields of those names. */
  static Table of(JsonNode list, String... fields) {
    Table table = new Table(fields);
    for (JsonNode entry : list) {
      String[] cells = new String[fields.length];
      for (int i = 0; i < fields.length; i++) {
        JsonNode value = entry.path(fields[i]);
        cells[i] = fields[i].equals("budgets") ? BudgetText.brief(value) : text(value);
      }
      table.row(cells);
    }
    return table;
  }

  /** A scalar as text, a list joined by commas; a dash for nothing. */
  static String text(JsonNode value) {
    if (value.isArray()) {
      List<String> entries = new ArrayList<>();
      value.forEach(entry -> entries.add(text(entry)));
      return entries.isEmpty() ? "-" : String.join(",", entries);
    }
    return value.isNull() || value.isMissingNode() || value.asString("").isEmpty()
        ? "-"
        : value.isNumber() ? value.decimalValue().toPlainString() : value.asString();
  }

  void print(PrintWriter out) {
    lines().forEach(out::println);
    out.flush();
  }

  /** The titles, and a line for each row. */
  List<String> lines() {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>(rows.size());
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
