package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which parts of the runs of an account have been charged, as the ledger keeps them: so that none
 * is charged again. How many tokens they were for is not among the entries.
 */
@Blocking
final class RunsForRestore {
  /** Instead of a number of tokens. */
  static final String UNKNOWN = "-1";

  private static final String CHARGED =
      "select id, request, amount, balance_after from entries"
          + " where account = ? and kind in ('debit_autotune', 'adjustment') and request <> ''";

  private record Part(long settled, long adjusted, long balance) {}

  private final Map<String, Map<Integer, Part>> byRequest = new HashMap<>();

  private RunsForRestore() {}

  static RunsForRestore of(Connection connection, AccountId account) throws SQLException {
    RunsForRestore runs = new RunsForRestore();
    try (PreparedStatement statement = connection.prepareStatement(CHARGED)) {
      statement.setString(1, account.value());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          runs.take(rows.getString(1), rows.getString(2), rows.getLong(3), rows.getLong(4));
        }
      }
    }
    return runs;
  }

  /** Ids are {@code <request>:settle:<part>} and {@code <request>:adjustment:<part>}. */
  private void take(String id, String request, long amount, long balance) {
    String act = id.startsWith(request + ":") ? id.substring(request.length() + 1) : "";
    int colon = act.indexOf(':');
    if (colon < 0 || !act.substring(colon + 1).matches("[0-9]{1,5}")) {
      return;
    }
    boolean isAdjustment = act.startsWith("adjustment");
    byRequest
        .computeIfAbsent(request, of -> new TreeMap<>())
        .merge(
            Integer.parseInt(act.substring(colon + 1)),
            isAdjustment ? new Part(0, -amount, balance) : new Part(-amount, 0, balance),
            RunsForRestore::together);
  }

  /** What is beyond the hold is booked last: the balance after it is the lower one. */
  private static Part together(Part one, Part other) {
    return new Part(
        one.settled() + other.settled(),
        one.adjusted() + other.adjusted(),
        Math.min(one.balance(), other.balance()));
  }

  /** The fields of a run's hash. */
  Map<String, String> fields(String request, boolean isSettled) {
    Map<String, String> fields = new HashMap<>();
    if (isSettled) {
      fields.put("settled_tokens", UNKNOWN);
    }
    Map<Integer, Part> parts = byRequest.getOrDefault(request, Map.of());
    long charged = 0;
    for (Map.Entry<Integer, Part> entry : parts.entrySet()) {
      Part part = entry.getValue();
      charged += part.settled() + part.adjusted();
      fields.put(
          "part:" + entry.getKey(),
          "%d %d %d %s"
              .formatted(
                  part.settled() + part.adjusted(), part.adjusted(), part.balance(), UNKNOWN));
    }
    if (!parts.isEmpty()) {
      fields.put("parts", Integer.toString(parts.size()));
      fields.put("parts_charged", Long.toString(charged));
    }
    return fields;
  }
}
