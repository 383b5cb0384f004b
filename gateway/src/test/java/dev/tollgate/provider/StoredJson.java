package dev.tollgate.provider;

import dev.tollgate.provider.Answer.Part;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Answers about what the provider keeps. */
final class StoredJson {
  static final JsonMapper JSON = new JsonMapper();
  private static final long CREATED = 1_770_000_000L;
  private static final AtomicLong NUMBERS = new AtomicLong();

  private StoredJson() {}

  /** An id that no other object of this JVM has. */
  static String nextId(String prefix) {
    return "%s%s%08x"
        .formatted(prefix, Long.toString(System.nanoTime(), 36), NUMBERS.incrementAndGet());
  }

  static long now() {
    return CREATED + NUMBERS.incrementAndGet();
  }

  static Answer of(JsonNode document) {
    return of(document, "", ServedUsage.NONE);
  }

  static Answer of(JsonNode document, String model, ServedUsage usage) {
    return new Answer(
        200,
        "application/json",
        false,
        model,
        usage,
        List.of(Part.of(document.toString(), usage.output(), true)));
  }

  /** All there are, whoever asks: a provider knows one customer only. */
  static Answer list(Collection<? extends JsonNode> documents) {
    ObjectNode list = JSON.createObjectNode().put("object", "list");
    documents.forEach(list.withArray("data")::add);
    return of(list.put("has_more", false));
  }

  static Answer unknown(String what) {
    ObjectNode answer = JSON.createObjectNode();
    answer
        .putObject("error")
        .put("message", "No such " + what)
        .put("type", "invalid_request_error")
        .put("param", "id")
        .putNull("code");
    return Answer.error(404, answer.toString());
  }

  /** The id in a path like {@code /batches/batch_1/cancel}: its second segment, or its third. */
  static String segment(ReceivedRequest request, int place) {
    String[] segments = request.path().split("/", -1);
    return segments.length > place ? segments[place] : "";
  }
}
