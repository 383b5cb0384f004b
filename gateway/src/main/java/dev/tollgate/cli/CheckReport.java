package dev.tollgate.cli;

import dev.tollgate.config.Checked;
import dev.tollgate.config.Finding;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** Prints what came of checking files. */
final class CheckReport {
  private static final int EXIT_GOOD = 0;
  private static final int EXIT_FAULT = 1;

  private CheckReport() {}

  /**
   * @return the exit code
   */
  static int print(Checked<?> checked, boolean asJson, Output output) {
    if (asJson) {
      output.json(json -> write(json, checked));
    } else {
      checked.notices().forEach(notice -> output.warning("notice: " + notice));
      switch (checked) {
        case Checked.Valid<?> valid -> output.good("ok: " + valid.summary());
        case Checked.Faulty<?> faulty -> people(faulty.faults(), output);
      }
    }
    return checked instanceof Checked.Valid<?> ? EXIT_GOOD : EXIT_FAULT;
  }

  private static void people(List<Finding> faults, Output output) {
    faults.forEach(fault -> output.bad(fault.toString()));
    output.bad(faults.size() == 1 ? "1 fault" : faults.size() + " faults");
  }

  private static void write(JsonGenerator json, Checked<?> checked) {
    json.writeStartObject();
    json.writeBooleanProperty("ok", checked instanceof Checked.Valid<?>);
    json.writeArrayPropertyStart("files");
    checked.files().forEach(file -> json.writeString(file.toString()));
    json.writeEndArray();
    List<Finding> faults =
        checked instanceof Checked.Faulty<?> faulty ? faulty.faults() : List.of();
    write(json, "faults", faults);
    write(json, "notices", checked.notices());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, List<Finding> findings) {
    json.writeArrayPropertyStart(name);
    for (Finding finding : findings) {
      json.writeStartObject();
      json.writeStringProperty("file", finding.place().file());
      json.writeNumberProperty("line", finding.place().line());
      json.writeNumberProperty("column", finding.place().column());
      json.writeStringProperty("key", finding.key());
      json.writeStringProperty("message", finding.message());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
