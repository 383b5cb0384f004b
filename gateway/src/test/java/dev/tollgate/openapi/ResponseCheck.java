package dev.tollgate.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.http.Json;
import dev.tollgate.testing.MessageHead.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.StringNode;

/**
 * Holds an answer against the responses of its operation: its status must be among them, and our
 * own header fields, its content type and its body as they say. Of what a provider has said only
 * the fields are ours; we never say anything but an error in its place.
 */
final class ResponseCheck {
  private static final String PROVIDERS_OWN = "#/components/schemas/ProvidersOwn";
  private static final Set<String> OUR_FIELDS =
      Set.of("x-request-id", "x-upstream-request-id", "x-next-cursor");
  private static final List<String> OUR_FIELDS_BEGIN = List.of("x-tollgate-", "x-ratelimit-");

  /** Those that a provider may send as well. */
  private static final Set<String> FIELDS_OF_BOTH =
      Set.of("retry-after", "x-should-retry", "www-authenticate", "vary");

  /** What is said to a request, of whatever operation, that is not HTTP as it should be. */
  private static final Set<Integer> BROKEN_HEADS = Set.of(408, 414, 417, 505);

  /** What is said where no path is known. */
  private static final List<String> FORMS_OF_ERRORS =
      List.of("OpenAi", "Anthropic", "Google", "Cohere", "Payment", "Billing");

  private final SchemaCheck schemas;

  ResponseCheck(SchemaCheck schemas) {
    this.schemas = schemas;
  }

  List<String> faults(ReceivedAnswer answer, JsonNode responses) {
    if (BROKEN_HEADS.contains(answer.status())) {
      return faultsOf(answer, schemas.resolved(responses.path("400")));
    }
    String status = Integer.toString(answer.status());
    boolean isKnown = responses.has(status);
    boolean isTheirs = answer.isPassedOn() || answer.status() < 400;
    if (!isKnown && !(responses.has("default") && isTheirs)) {
      return List.of(answer + " is not described");
    }
    return faultsOf(answer, schemas.resolved(responses.path(isKnown ? status : "default")));
  }

  private List<String> faultsOf(ReceivedAnswer answer, JsonNode response) {
    List<String> faults = new ArrayList<>();
    faultsOfFields(answer, response.path("headers"), faults);
    JsonNode content = response.path("content");
    String type = answer.contentType();
    byte[] body = answer.body();
    if (answer.isPassedOn() || answer.method().equals("HEAD")) {
      return faults;
    }
    if (!content.has(type)) {
      if (!content.has("*/*") || answer.status() >= 400) {
        faults.add(answer + ": " + type + " is not described");
      }
    } else if (body != null && type.equals("application/json")) {
      faults.addAll(
          schemas.faults(ours(content.path(type).path("schema")), Json.parse(body), answer + ""));
    }
    return faults;
  }

  /** Without the alternative that stands for anything. */
  private static JsonNode ours(JsonNode schema) {
    JsonNode alternatives = schema.path("anyOf");
    boolean mayBeAnything =
        alternatives.path(alternatives.size() - 1).path("$ref").asString("").equals(PROVIDERS_OWN);
    return mayBeAnything ? alternatives.path(0) : schema;
  }

  private void faultsOfFields(ReceivedAnswer answer, JsonNode described, List<String> faults) {
    Set<String> seen = new TreeSet<>();
    for (Field field : answer.head().fields()) {
      String name = field.name().toLowerCase(Locale.ROOT);
      boolean isOurs = isOurs(name) || (FIELDS_OF_BOTH.contains(name) && !answer.isPassedOn());
      if (isOurs && described.has(name)) {
        JsonNode schema = schemas.resolved(described.path(name)).path("schema");
        faults.addAll(schemas.faults(schema, value(schema, field), answer + " " + name));
      } else if (isOurs) {
        faults.add(answer + ": has " + name + ", of which nothing is said");
      }
      if (isOurs && !seen.add(name)) {
        faults.add(answer + ": has " + name + " twice");
      }
    }
    for (Map.Entry<String, JsonNode> field : described.properties()) {
      boolean isRequired = schemas.resolved(field.getValue()).path("required").asBoolean(false);
      boolean isTheirs = answer.isPassedOn() && FIELDS_OF_BOTH.contains(field.getKey());
      if (isRequired && !isTheirs && !seen.contains(field.getKey())) {
        faults.add(answer + ": lacks " + field.getKey());
      }
    }
  }

  private static boolean isOurs(String name) {
    return OUR_FIELDS.contains(name) || OUR_FIELDS_BEGIN.stream().anyMatch(name::startsWith);
  }

  private JsonNode value(JsonNode schema, Field field) {
    boolean isNumber =
        schemas.resolved(schema).path("type").asString("").equals("integer")
            && field.value().matches("-?[0-9]{1,18}");
    return isNumber
        ? LongNode.valueOf(Long.parseLong(field.value()))
        : StringNode.valueOf(field.value());
  }

  /** A path that takes other methods: 405, or 204 for OPTIONS, and which it takes. */
  List<String> faultsWithoutMethod(ReceivedAnswer answer, JsonNode responses) {
    boolean isAsked = answer.method().equals("OPTIONS") && answer.status() == 204;
    List<String> faults = new ArrayList<>();
    if ((isAsked || answer.status() == 405) && answer.head().field("allow") == null) {
      faults.add(answer + ": lacks allow");
    }
    if (!isAsked) {
      boolean isRefused =
          Set.of(400, 405, 431).contains(answer.status()) || BROKEN_HEADS.contains(answer.status());
      faults.addAll(
          isRefused
              ? faultsOf(answer, schemas.resolved(responses.path("400")))
              : List.of(answer + " is not described"));
    }
    return faults;
  }

  /** A path that is not described: nothing is there, or a route of the card. */
  List<String> faultsWithoutPath(ReceivedAnswer answer) {
    byte[] body = answer.body();
    if (answer.status() < 400 || answer.isPassedOn() || body == null) {
      return List.of();
    }
    List<String> faults = new ArrayList<>();
    if (answer.head().field("x-request-id") == null) {
      faults.add(answer + ": lacks x-request-id");
    }
    boolean isRefusal =
        answer.method().equals("HEAD")
            || FORMS_OF_ERRORS.stream()
                .anyMatch(form -> schemas.faults(error(form), Json.parse(body), "").isEmpty());
    if (!isRefusal) {
      faults.add(answer + ": is no refusal of ours: " + new String(body, UTF_8));
    }
    return faults;
  }

  private JsonNode error(String form) {
    return schemas.at("/components/schemas/" + form + "Error");
  }
}
