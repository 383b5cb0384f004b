package dev.tollgate.billing;

import dev.tollgate.domain.Blocking;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One statement with its values, which are bound and never part of the text. */
@Blocking
public record Sql(String sql, List<Object> values) {
  /** Makes a value of a row. */
  public interface RowMaker<T> {
    T make(ResultSet row) throws SQLException;
  }

  public static Sql of(String sql, Object... values) {
    return new Sql(sql, List.of(values));
  }

  public <T> List<T> all(Connection connection, RowMaker<T> maker) throws SQLException {
    try (PreparedStatement statement = prepared(connection);
        ResultSet rows = statement.executeQuery()) {
      List<T> all = new ArrayList<>();
      while (rows.next()) {
        all.add(maker.make(rows));
      }
      return all;
    }
  }

  public <T> Optional<T> first(Connection connection, RowMaker<T> maker) throws SQLException {
    return all(connection, maker).stream().findFirst();
  }

  /** How many rows it changed. */
  public int change(Connection connection) throws SQLException {
    try (PreparedStatement statement = prepared(connection)) {
      return statement.executeUpdate();
    }
  }

  private PreparedStatement prepared(Connection connection) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.size(); i++) {
      statement.setObject(i + 1, values.get(i));
    }
    return statement;
  }
}
