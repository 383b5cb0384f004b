package dev.tollgate.cli;

import dev.tollgate.http.Json;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;

/** Of commands that talk to a running gateway, and print what it answers. */
abstract class ApiOptions extends JsonOption {
  /** Talks to the port that the options name. */
  abstract ApiClient client();

  /**
   * @param variable of the environment with the token
   * @param whatItIs for the sentence that asks for it
   */
  static ApiClient client(String url, String variable, String whatItIs) {
    String token = System.getenv(variable);
    if (token == null || token.isBlank()) {
      throw new CommandFailure("set " + variable + " to " + whatItIs, null);
    }
    return new ApiClient(url, token.strip());
  }

  /** One object: as JSON, or a line for each of these fields. Returns the exit code. */
  final int print(CommandSpec spec, JsonNode object, String... fields) {
    PrintWriter out = spec.commandLine().getOut();
    if (json()) {
      out.println(Json.write(object));
    } else {
      for (String field : fields) {
        out.printf("%-20s %s%n", field, Table.text(object.path(field)));
      }
    }
    out.flush();
    return 0;
  }

  /** The same, with a table of its budgets below. */
  final int printWithBudgets(CommandSpec spec, JsonNode object, String... fields) {
    int exit = print(spec, object, fields);
    JsonNode budgets = object.path("budgets");
    if (!json() && !budgets.isEmpty()) {
      PrintWriter out = spec.commandLine().getOut();
      out.println();
      BudgetText.table(budgets).print(out);
    }
    return exit;
  }

  /** The {@code data} of an answer: as the JSON that it is, or as a table. */
  final int printList(CommandSpec spec, JsonNode answer, String... columns) {
    PrintWriter out = spec.commandLine().getOut();
    if (json()) {
      out.println(Json.write(answer));
      out.flush();
    } else {
      Table.of(answer.path("data"), columns).print(out);
    }
    return 0;
  }
}
