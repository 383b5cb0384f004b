package dev.tollgate.cli;

import dev.tollgate.http.Json;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;

/** From what was typed to what is sent, and from what came to what is printed. */
final class Arguments {
  private Arguments() {}

  /** Leaves out what was not typed. */
  static void put(Map<String, Object> body, String field, @Nullable Object value) {
    if (value != null) {
      body.put(field, value);
    }
  }

  static String encode(String pathPart) {
    return URLEncoder.encode(pathPart, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** One object: as JSON, or a line per field. */
  static void print(CommandSpec spec, boolean json, JsonNode object, String... fields) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.write(object));
      out.flush();
      return;
    }
    for (String field : fields) {
      out.printf("%-20s %s%n", field, Table.text(object.path(field)));
    }
    out.flush();
  }
}
