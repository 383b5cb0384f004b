package dev.tollgate.archive;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Where the row of a request is: {@code requests} has no index by its id, which would cost more
 * than all the times that it is looked for.
 *
 * @param position of the latest event that the row tells of
 */
record RequestPlace(String account, long position, long endedAtMillis) {
  static final String CONDITION = "account = ? and position = ? and ended_at = ? and id = ?";

  static RequestPlace readContinued(ResultSet row) throws SQLException {
    return new RequestPlace(
        row.getString("account"), row.getLong("position"), row.getLong("ended_at"));
  }

  /** From a row of {@code entries} or {@code marks}. */
  static RequestPlace readEvent(ResultSet row) throws SQLException {
    return new RequestPlace(row.getString("account"), row.getLong("position"), row.getLong("at"));
  }

  /** Binds what {@link #CONDITION} asks for. */
  void bind(PreparedStatement statement, String request) throws SQLException {
    statement.setString(1, account);
    statement.setLong(2, position);
    statement.setLong(3, endedAtMillis);
    statement.setString(4, request);
  }
}
