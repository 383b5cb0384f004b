package dev.tollgate.cli;

import dev.tollgate.domain.Spelling;
import dev.tollgate.pricemap.ImportedEntry.LeftOut;
import dev.tollgate.pricemap.ImportedEntry.Reason;
import dev.tollgate.pricemap.ImportedEntry.Taken;
import dev.tollgate.pricemap.PriceMapImport;
import dev.tollgate.pricemap.Remark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Tells what came of importing a price map: beside the card, never in its midst. */
final class ImportReport {
  private final PriceMapImport imported;
  private final @Nullable Path card;
  private final boolean isVerbose;

  /**
   * @param card where it was written; null where it was not written to a file
   */
  ImportReport(PriceMapImport imported, @Nullable Path card, boolean isVerbose) {
    this.imported = imported;
    this.card = card;
    this.isVerbose = isVerbose;
  }

  void print(Output output) {
    output.note(
        "models taken: %d%s, entries left out: %d, not selected: %d"
            .formatted(
                imported.taken().size(),
                card == null ? "" : " (" + card + ")",
                imported.leftOut().size(),
                imported.notSelected()));
    leftOut(output);
    for (Remark.Kind kind : Remark.Kind.values()) {
      remarks(output, kind);
    }
  }

  private void leftOut(Output output) {
    Map<Reason, List<LeftOut>> byReason = new EnumMap<>(Reason.class);
    imported
        .leftOut()
        .forEach(
            entry ->
                byReason.computeIfAbsent(entry.reason(), reason -> new ArrayList<>()).add(entry));
    if (byReason.isEmpty()) {
      return;
    }
    Table table = new Table("entries", "left out because the entry", "such as");
    byReason.forEach(
        (reason, entries) ->
            table.row(Integer.toString(entries.size()), reason.text(), entries.getFirst().name()));
    print(table, output);
    if (isVerbose) {
      Table each = new Table("line", "entry", "", "");
      imported
          .leftOut()
          .forEach(
              entry ->
                  each.row(
                      Integer.toString(entry.line()),
                      entry.name(),
                      entry.reason().text(),
                      entry.detail()));
      print(each, output);
    }
  }

  private void remarks(Output output, Remark.Kind kind) {
    Map<String, List<Taken>> byKey = byKey(kind);
    if (byKey.isEmpty()) {
      return;
    }
    Table table = new Table("models", kind.text(), isVerbose ? "of" : "such as");
    byKey.forEach(
        (key, models) ->
            table.row(
                Integer.toString(models.size()),
                key,
                isVerbose
                    ? String.join(" ", models.stream().map(Taken::name).toList())
                    : models.getFirst().name()));
    print(table, output);
  }

  private Map<String, List<Taken>> byKey(Remark.Kind kind) {
    Map<String, List<Taken>> byKey = new TreeMap<>();
    for (Taken taken : imported.taken()) {
      for (Remark remark : taken.remarks()) {
        if (remark.kind() == kind) {
          byKey.computeIfAbsent(remark.key(), key -> new ArrayList<>()).add(taken);
        }
      }
    }
    return byKey;
  }

  private static void print(Table table, Output output) {
    output.note("");
    table.lines().forEach(output::note);
  }

  void write(JsonGenerator json) {
    json.writeStartObject();
    json.writeBooleanProperty("whole", imported.isWhole());
    json.writeStringProperty("card", card == null ? null : card.toString());
    json.writeNumberProperty("taken", imported.taken().size());
    json.writeNumberProperty("not_selected", imported.notSelected());
    json.writeArrayPropertyStart("left_out");
    imported.leftOut().forEach(entry -> write(json, entry));
    json.writeEndArray();
    json.writeObjectPropertyStart("remarks");
    for (Remark.Kind kind : Remark.Kind.values()) {
      json.writeObjectPropertyStart(Spelling.of(kind));
      byKey(kind)
          .forEach(
              (key, models) -> {
                json.writeArrayPropertyStart(key);
                models.forEach(model -> json.writeString(model.name()));
                json.writeEndArray();
              });
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, LeftOut entry) {
    json.writeStartObject();
    json.writeStringProperty("name", entry.name());
    json.writeNumberProperty("line", entry.line());
    json.writeStringProperty("reason", Spelling.of(entry.reason()));
    json.writeStringProperty("detail", entry.detail());
    json.writeEndObject();
  }
}
