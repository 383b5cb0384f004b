package dev.tollgate.archive;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A table as batches write it.
 *
 * @param columns in the order in which {@link Columns} are filled
 * @param onConflict what is done with a row that is there; empty when there can be none
 */
record Table(String name, List<Column> columns, String onConflict) {
  private static final String USAGE =
      "#requests #input_tokens #output_tokens #cache_creation_tokens #cache_read_tokens"
          + " #total_tokens #list #cost #duration_ms";

  static final Table ENTRIES =
      of(
          "entries",
          "id account kind #amount #balance_after request key model reference #at #position",
          "");

  /** What is to be told by mail; who sends it has the other columns. */
  static final Table RECEIPTS =
      of("receipts", "id account kind #amount #balance_after reference #at #position", "");

  static final Table ENTRY_SUMS =
      of(
          "entry_sums",
          "account kind #entries #amount",
          "on conflict (account, kind) do update set entries = entry_sums.entries +"
              + " excluded.entries, amount = entry_sums.amount + excluded.amount");
  static final Table MARKS = of("marks", "id account #at #position", "");
  static final Table REQUESTS =
      of(
          "requests",
          "id account key model endpoint provider outcome #status #streamed #counted #input_tokens"
              + " #output_tokens #cache_creation_tokens #cache_read_tokens #total_tokens #list"
              + " #cost estimated #started_at #ended_at #duration_ms #first_byte_ms #position",
          "");
  static final Table CONTINUED =
      of(
          "continued",
          "request #charges #ended_at #position #reaped day account key model endpoint provider "
              + USAGE,
          "");
  static final Table DAILY_USAGE =
      of(
          "daily_usage",
          "day account key model endpoint provider " + USAGE,
          "on conflict (account, day, key, model, endpoint, provider) do update set "
              + numbersOf(USAGE)
                  .map(name -> name + " = daily_usage." + name + " + excluded." + name)
                  .collect(Collectors.joining(", ")));
  static final Table OWNERS =
      of(
          "owners",
          "kind account id field value #revision",
          "on conflict (kind, account, id, field) do update set value = excluded.value, revision ="
              + " excluded.revision where excluded.revision > owners.revision");

  /**
   * A column.
   *
   * @param isText else it is a whole number of 64 bits
   */
  record Column(String name, boolean isText) {}

  /** All its columns, with commas between. */
  String columnNames() {
    return columns.stream().map(Column::name).collect(Collectors.joining(", "));
  }

  private static Table of(String name, String columns, String onConflict) {
    List<Column> all =
        List.of(columns.split(" ")).stream()
            .map(
                column ->
                    column.startsWith("#")
                        ? new Column(column.substring(1), false)
                        : new Column(column, true))
            .toList();
    return new Table(name, all, onConflict);
  }

  private static Stream<String> numbersOf(String columns) {
    return List.of(columns.split(" ")).stream().map(column -> column.substring(1));
  }
}
