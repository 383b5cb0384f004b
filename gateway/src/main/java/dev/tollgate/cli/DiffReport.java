package dev.tollgate.cli;

import dev.tollgate.domain.Spelling;
import dev.tollgate.pricing.CardDifference;
import dev.tollgate.pricing.CardDifference.Change;
import dev.tollgate.pricing.CardFact.Unit;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Prints what one rate card says otherwise than another. */
final class DiffReport {
  private static final String NOTHING = "-";

  private DiffReport() {}

  static void print(List<CardDifference> differences, boolean asJson, Output output) {
    if (asJson) {
      output.json(json -> write(json, differences));
    } else if (differences.isEmpty()) {
      output.good("ok: the cards say the same");
    } else {
      people(differences, output);
    }
  }

  private static void people(List<CardDifference> differences, Output output) {
    Table table = new Table("", "what", "old", "new", "change", "unit");
    for (CardDifference difference : differences) {
      table.row(
          mark(difference.change()),
          what(difference),
          side(difference.oldValue(), difference),
          side(difference.newValue(), difference),
          percent(difference),
          unit(difference.unit()));
    }
    List<String> lines = table.lines();
    output.line(lines.getFirst());
    for (int i = 0; i < differences.size(); i++) {
      String line = lines.get(i + 1);
      switch (differences.get(i).change()) {
        case ADDED -> output.added(line);
        case REMOVED -> output.removed(line);
        case CHANGED -> output.changed(line);
      }
    }
    output.line(
        "%d changed, %d added, %d removed"
            .formatted(
                count(differences, Change.CHANGED),
                count(differences, Change.ADDED),
                count(differences, Change.REMOVED)));
  }

  private static String mark(Change change) {
    return switch (change) {
      case ADDED -> "+";
      case REMOVED -> "-";
      case CHANGED -> "~";
    };
  }

  private static String what(CardDifference difference) {
    return difference.section()
        + (difference.name().isEmpty() ? " " : " " + difference.name() + " ")
        + difference.key();
  }

  /** A value; where the card does not name it, in brackets what holds instead. */
  private static String side(@Nullable String value, CardDifference difference) {
    String standIn = difference.standIn();
    return value != null ? value : standIn == null ? NOTHING : "(" + standIn + ")";
  }

  private static String percent(CardDifference difference) {
    BigDecimal percent = difference.percent();
    if (percent == null) {
      return NOTHING;
    }
    String plain = percent.stripTrailingZeros().toPlainString();
    return (percent.signum() > 0 ? "+" : "") + (percent.signum() == 0 ? "0" : plain) + "%";
  }

  private static String unit(Unit unit) {
    return switch (unit) {
      case USD_PER_MILLION -> "USD per million";
      case USD -> "USD";
      case TOKENS -> "tokens";
      case COUNT, FACTOR, TEXT -> "";
      case PERCENT -> "percent";
    };
  }

  private static long count(List<CardDifference> differences, Change change) {
    return differences.stream().filter(difference -> difference.change() == change).count();
  }

  private static void write(JsonGenerator json, List<CardDifference> differences) {
    json.writeStartObject();
    json.writeBooleanProperty("ok", true);
    json.writeBooleanProperty("same", differences.isEmpty());
    for (Change change : Change.values()) {
      json.writeNumberProperty(lower(change), count(differences, change));
    }
    json.writeArrayPropertyStart("differences");
    for (CardDifference difference : differences) {
      json.writeStartObject();
      json.writeStringProperty("section", difference.section());
      json.writeStringProperty("name", difference.name());
      json.writeStringProperty("key", difference.key());
      json.writeStringProperty("change", lower(difference.change()));
      value(json, "old", difference.oldValue(), difference.unit());
      value(json, "new", difference.newValue(), difference.unit());
      value(json, "stand_in", difference.standIn(), difference.unit());
      BigDecimal percent = difference.percent();
      value(json, "percent", percent == null ? null : percent.toPlainString(), Unit.PERCENT);
      json.writeStringProperty("unit", lower(difference.unit()));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void value(JsonGenerator json, String name, @Nullable String value, Unit unit) {
    json.writeName(name);
    if (value == null) {
      json.writeNull();
    } else if (unit == Unit.TEXT) {
      json.writeString(value);
    } else {
      json.writeNumber(value);
    }
  }

  private static String lower(Enum<?> value) {
    return Spelling.of(value);
  }
}
