package dev.tollgate.openapi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** docs/openapi.yaml: what is asked for where, and whether an answer is as it says. Immutable. */
public final class ApiDescription {
  private static final Path FILE = Path.of("../docs/openapi.yaml");
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");
  private static final ApiDescription DESCRIPTION = new ApiDescription(tree());

  /** Which of the two ports, each with paths of its own. */
  public enum Port {
    PUBLIC,
    OPS
  }

  /**
   * A path with its methods.
   *
   * @param path as it stands there: {@code /v1/keys/{key_id}}
   * @param operations by method, in capitals
   */
  private record Place(Port port, String path, Pattern form, Map<String, JsonNode> operations) {}

  private final List<Place> places = new ArrayList<>();
  private final Map<Port, Map<String, Place>> exact = new EnumMap<>(Port.class);
  private final SchemaCheck schemas;
  private final ResponseCheck responses;

  private ApiDescription(JsonNode root) {
    this.schemas = new SchemaCheck(root);
    this.responses = new ResponseCheck(schemas);
    for (Map.Entry<String, JsonNode> path : root.path("paths").properties()) {
      Place place = place(path.getKey(), schemas.resolved(path.getValue()));
      places.add(place);
      exact.computeIfAbsent(place.port(), port -> new HashMap<>()).put(place.path(), place);
    }
  }

  public static ApiDescription get() {
    return DESCRIPTION;
  }

  private static JsonNode tree() {
    try {
      return YAMLMapper.shared().readTree(Files.readString(FILE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Place place(String path, JsonNode item) {
    String form = ("\\Q" + path + "\\E").replaceAll("\\{\\w+}", "\\\\E[^/]+\\\\Q");
    Map<String, JsonNode> operations = new TreeMap<>();
    for (Map.Entry<String, JsonNode> operation : item.properties()) {
      if (METHODS.contains(operation.getKey())) {
        operations.put(operation.getKey().toUpperCase(Locale.ROOT), operation.getValue());
      }
    }
    Port port = item.has("servers") ? Port.OPS : Port.PUBLIC;
    return new Place(port, path, Pattern.compile(form), operations);
  }

  /** The paths of a port as they stand there, with the methods of each, in capitals. */
  public Map<String, Set<String>> operations(Port port) {
    Map<String, Set<String>> operations = new TreeMap<>();
    for (Place place : places) {
      if (place.port() == port) {
        operations.put(place.path(), new TreeSet<>(place.operations().keySet()));
      }
    }
    return operations;
  }

  /** Every answer that is described, as {@code GET /v1/keys 200}; without what is not numbered. */
  public Set<String> answers() {
    Set<String> answers = new TreeSet<>();
    for (Place place : places) {
      place
          .operations()
          .forEach(
              (method, operation) ->
                  operation.path("responses").propertyNames().stream()
                      .filter(status -> !status.equals("default"))
                      .forEach(status -> answers.add(method + " " + place.path() + " " + status)));
    }
    return answers;
  }

  /** Which of {@link #answers} it is; null when it is none of them. */
  public @Nullable String nameOf(Port port, ReceivedAnswer answer) {
    Place place = place(port, answer);
    return place == null || operation(place, answer) == null
        ? null
        : answer.method() + " " + place.path() + " " + answer.status();
  }

  /** What of an answer is not as described, each with where it is; empty when all is. */
  public List<String> faults(Port port, ReceivedAnswer answer) {
    Place place = place(port, answer);
    if (place == null) {
      return responses.faultsWithoutPath(answer);
    }
    JsonNode operation = operation(place, answer);
    return operation == null
        ? responses.faultsWithoutMethod(
            answer, place.operations().values().iterator().next().path("responses"))
        : responses.faults(answer, operation.path("responses"));
  }

  /** Of several the one that is not a pattern, and else the first that knows the method. */
  private @Nullable Place place(Port port, ReceivedAnswer answer) {
    String path = answer.path();
    Place found = exact.getOrDefault(port, Map.of()).get(path);
    if (found != null) {
      return found;
    }
    for (Place place : places) {
      boolean isBetter = found == null || operation(found, answer) == null;
      if (isBetter && place.port() == port && place.form().matcher(path).matches()) {
        found = place;
      }
    }
    return found;
  }

  private static @Nullable JsonNode operation(Place place, ReceivedAnswer answer) {
    boolean isHead = answer.method().equals("HEAD");
    return place.operations().get(isHead ? "GET" : answer.method());
  }
}
