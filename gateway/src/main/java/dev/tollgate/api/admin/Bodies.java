package dev.tollgate.api.admin;

import dev.tollgate.account.Fields;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.ServerRequest;
import org.jspecify.annotations.Nullable;

/** Reads what admins send. */
final class Bodies {
  private static final int PAGE_DEFAULT = 100;

  private Bodies() {}

  /** The fields of a JSON object; an empty body is an empty object. */
  static Fields fields(byte[] body) {
    try {
      return new Fields(Json.parse(body.length == 0 ? new byte[] {'{', '}'} : body));
    } catch (IllegalArgumentException notJson) {
      throw new Fields.Fault(null, String.valueOf(notJson.getMessage()));
    }
  }

  /** What the path has in the place of that name; the router has seen that it has something. */
  static String pathParameter(ServerRequest request, String name) {
    return request.pathParameters().getOrDefault(name, "");
  }

  /** A whole number of the query. */
  static int number(Query query, String name, int min, int max, int otherwise) {
    String text = query.first(name);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // said below
    }
    throw new Fields.Fault(name, name + " must be a whole number from " + min + " to " + max + ".");
  }

  static int pageSize(@Nullable String limit, int max) {
    if (limit == null) {
      return PAGE_DEFAULT;
    }
    try {
      int size = Integer.parseInt(limit);
      if (size >= 1 && size <= max) {
        return size;
      }
    } catch (NumberFormatException notANumber) {
      // said below
    }
    throw new Fields.Fault("limit", "limit must be a whole number from 1 to " + max + ".");
  }
}
