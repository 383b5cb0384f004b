package dev.tollgate.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** docs/openapi.yaml, and whether an answer is as it says. */
public final class ApiDescription {
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");
  private static final Path FILE = Path.of("../docs/openapi.yaml");

  private final JsonNode root;
  private final SchemaCheck schemas;

  private ApiDescription(JsonNode root) {
    this.root = root;
    this.schemas = new SchemaCheck(root);
  }

  public static ApiDescription read() {
    try {
      return new ApiDescription(YAMLMapper.shared().readTree(Files.readString(FILE)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Paths as they stand there, with the methods of each, in capitals. */
  public Map<String, Set<String>> operations() {
    Map<String, Set<String>> operations = new TreeMap<>();
    for (Map.Entry<String, JsonNode> path : root.path("paths").properties()) {
      Set<String> methods = new TreeSet<>();
      path.getValue().propertyNames().stream()
          .filter(METHODS::contains)
          .forEach(method -> methods.add(method.toUpperCase(java.util.Locale.ROOT)));
      operations.put(path.getKey(), methods);
    }
    return operations;
  }

  /**
   * What is not as described, each with where it is; empty when all is.
   *
   * @param path as it was asked for, perhaps with a query
   * @param contentType of the answer; null when it has none
   */
  public List<String> faults(
      String method, String path, int status, @Nullable String contentType, byte[] body) {
    JsonNode operation = operation(method, path.replaceFirst("\\?.*$", ""));
    if (operation == null) {
      return List.of(method + " " + path + " is not described");
    }
    JsonNode responses = operation.path("responses");
    JsonNode response =
        schemas.resolved(responses.path(responses.has("" + status) ? "" + status : "default"));
    if (response.isMissingNode()) {
      return List.of(status + " of " + method + " " + path + " is not described");
    }
    String where = method + " " + path + " " + status;
    JsonNode content = response.path("content");
    if (content.isMissingNode()) {
      return body.length == 0 ? List.of() : List.of(where + ": a body, of which nothing is said");
    }
    String type = contentType == null ? "" : contentType.replaceFirst("[; ].*$", "");
    JsonNode media = content.path(content.has(type) ? type : "*/*");
    if (media.isMissingNode()) {
      return List.of(where + ": " + type + " is not described");
    }
    return type.endsWith("json") && media.has("schema")
        ? schemas.faults(
            media.get("schema"), JsonMapper.shared().readTree(new String(body, UTF_8)), where)
        : List.of();
  }

  private @Nullable JsonNode operation(String method, String path) {
    List<JsonNode> found = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : root.path("paths").properties()) {
      String pattern = ("\\Q" + entry.getKey() + "\\E").replaceAll("\\{\\w+}", "\\\\E[^/]+\\\\Q");
      JsonNode operation = entry.getValue().path(method.toLowerCase(java.util.Locale.ROOT));
      if (!operation.isMissingNode() && Pattern.matches(pattern, path)) {
        if (entry.getKey().equals(path)) {
          return operation;
        }
        found.add(operation);
      }
    }
    return found.isEmpty() ? null : found.getFirst();
  }
}
