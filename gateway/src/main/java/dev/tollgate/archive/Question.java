package dev.tollgate.archive;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A query that grows by conditions. Values are bound, never part of the text. */
final class Question {
  private final StringBuilder sql;
  private final List<Object> values = new ArrayList<>();
  private boolean hasCondition;

  Question(String select) {
    this.sql = new StringBuilder(select);
  }

  /** A condition with one {@code ?}; none for null. */
  Question where(String condition, @Nullable Object value) {
    if (value != null) {
      sql.append(hasCondition ? " and " : " where ").append(condition);
      hasCondition = true;
      values.add(value);
    }
    return this;
  }

  /** A condition with as many {@code ?} as values. */
  Question where(String condition, Object first, Object second) {
    where(condition, first);
    values.add(second);
    return this;
  }

  /** A condition that ends with what another question, in parentheses, answers. */
  Question where(String condition, Question answer) {
    sql.append(hasCondition ? " and " : " where ").append(condition).append(' ').append(answer.sql);
    hasCondition = true;
    values.addAll(answer.values);
    return this;
  }

  /** One of these; no condition when there are none. */
  Question whereIn(String column, List<String> among) {
    if (!among.isEmpty()) {
      sql.append(hasCondition ? " and " : " where ").append(column).append(" in (");
      sql.append("?, ".repeat(among.size() - 1)).append("?)");
      hasCondition = true;
      values.addAll(among);
    }
    return this;
  }

  Question then(String text, Object... more) {
    sql.append(' ').append(text);
    values.addAll(List.of(more));
    return this;
  }

  String sql() {
    return sql.toString();
  }

  void bind(PreparedStatement statement) throws SQLException {
    int place = 1;
    for (Object value : values) {
      statement.setObject(place++, value);
    }
  }
}
