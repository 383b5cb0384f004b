package dev.tollgate.archive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows that wait to be written to one table, by columns. Of one thread. */
final class Columns {
  private final Table table;
  private final List<String>[] texts;
  private final long[][] numbers;
  private int rows;
  private int column;

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of lists cannot be made otherwise
  Columns(Table table) {
    this.table = table;
    this.texts = new List[table.columns().size()];
    this.numbers = new long[table.columns().size()][];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = new ArrayList<>();
      numbers[i] = new long[table.columns().get(i).isText() ? 0 : 64];
    }
  }

  /** The next column of the row that is being written. */
  Columns add(String text) {
    texts[column++].add(text);
    return this;
  }

  Columns add(long number) {
    if (rows == numbers[column].length) {
      numbers[column] = Arrays.copyOf(numbers[column], rows * 2);
    }
    numbers[column++][rows] = number;
    return this;
  }

  void endRow() {
    if (column != texts.length) {
      throw new IllegalStateException(table.name() + " has " + texts.length + " columns");
    }
    column = 0;
    rows++;
  }

  Table table() {
    return table;
  }

  int rows() {
    return rows;
  }

  boolean isEmpty() {
    return rows == 0;
  }

  List<String> texts(int of) {
    return texts[of];
  }

  String text(int of, int row) {
    return texts[of].get(row);
  }

  long number(int of, int row) {
    return numbers[of][row];
  }

  Long[] boxedNumbers(int of) {
    return Arrays.stream(numbers[of], 0, rows).boxed().toArray(Long[]::new);
  }
}
