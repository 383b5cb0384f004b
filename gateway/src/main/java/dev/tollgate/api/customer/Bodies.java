package dev.tollgate.api.customer;

import dev.tollgate.account.Fields;
import dev.tollgate.http.Json;

/** Reads what customers send. */
final class Bodies {
  private Bodies() {}

  /** The fields of a JSON object; an empty body is an empty object. */
  static Fields fields(byte[] body) {
    try {
      return new Fields(Json.parse(body.length == 0 ? new byte[] {'{', '}'} : body));
    } catch (IllegalArgumentException notJson) {
      throw new Fields.Fault(null, String.valueOf(notJson.getMessage()));
    }
  }
}
