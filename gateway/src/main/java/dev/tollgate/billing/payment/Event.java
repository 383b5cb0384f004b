package dev.tollgate.billing.payment;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Something that the payment provider tells, in the shape of Stripe.
 *
 * @param object what it is about, as it was then
 */
record Event(String type, long atMillis, JsonNode object) {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Null when it is none. */
  static @Nullable Event parse(String payload) {
    try {
      JsonNode event = JSON.readTree(payload);
      String type = event.path("type").asString("");
      JsonNode object = event.path("data").path("object");
      return type.isEmpty() || !object.isObject()
          ? null
          : new Event(type, event.path("created").asLong(0) * 1_000, object);
    } catch (JacksonException notJson) {
      return null;
    }
  }

  /** A text of the object; empty where it is not there. */
  String text(String name) {
    return text(object, name);
  }

  /** What we wrote on the object. */
  String metadata(String name) {
    return text(object.path("metadata"), name);
  }

  /** A number of the object; -1 where there is none. */
  long number(String name) {
    return number(object, name);
  }

  static String text(JsonNode object, String name) {
    JsonNode value = object.path(name);
    return value.isString() ? value.stringValue() : "";
  }

  static long number(JsonNode object, String name) {
    JsonNode value = object.path(name);
    return value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : -1;
  }
}
