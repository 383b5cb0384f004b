package dev.tollgate.dialect;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Shortage;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes small pieces of JSON, without a tree. */
final class JsonOutput {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonOutput() {}

  /** One JSON object with the fields that {@code fields} writes. */
  static byte[] object(Consumer<JsonGenerator> fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      fields.accept(json);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /** A JSON string, quotes included. */
  static byte[] string(String value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length() + 2);
    try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeString(value);
    }
    return bytes.toByteArray();
  }

  /** {@code param}, where the refusal names a field at fault. */
  static @Nullable String param(Refusal refusal) {
    return refusal instanceof Refusal.InvalidRequest invalid ? invalid.param() : null;
  }

  /**
   * What the contract's table has beside code and message; {@code param} only where there is one.
   */
  static void writeParamAndExtras(JsonGenerator json, Refusal refusal, String topupUrl) {
    String param = param(refusal);
    if (param != null) {
      json.writeStringProperty("param", param);
    }
    writeExtras(json, refusal, topupUrl);
  }

  /** What the contract's table has beside code and message, but for {@code param}. */
  static void writeExtras(JsonGenerator json, Refusal refusal, String topupUrl) {
    switch (refusal) {
      case Refusal.InsufficientCredits credits -> {
        writeCredits(json, credits.requiredNanoUsd(), credits.availableNanoUsd(), topupUrl);
        writeAffordable(json, credits.affordableOutputTokens());
      }
      case Refusal.NotAffordable price ->
          writeCredits(json, price.requiredNanoUsd(), price.availableNanoUsd(), topupUrl);
      case Refusal.ConcurrencyExceeded concurrency -> {
        json.writeStringProperty("budget", concurrency.budget());
        json.writeNumberProperty("limit", concurrency.limit());
      }
      case Refusal.OverBudget over -> {
        writeShortage(json, over.shortage());
        String freesAt = over.shortage().freesAt();
        boolean isDaily = over instanceof Refusal.DailyLimitReached;
        if (freesAt != null) {
          json.writeStringProperty(isDaily ? "resets_at" : "reset_at", freesAt);
        }
        writeAffordable(json, over.shortage().affordableOutputTokens());
      }
      default -> {}
    }
  }

  private static void writeCredits(
      JsonGenerator json, long requiredNanoUsd, long availableNanoUsd, String topupUrl) {
    json.writeNumberProperty("required_cents", Money.ceilCents(requiredNanoUsd));
    json.writeNumberProperty("available_cents", Money.floorCents(availableNanoUsd));
    json.writeStringProperty("topup_url", topupUrl);
  }

  private static void writeShortage(JsonGenerator json, Shortage shortage) {
    json.writeStringProperty("budget", shortage.budget());
    json.writeStringProperty("window", shortage.period().shortText());
    if (shortage.unit() == Budget.Unit.USD) {
      json.writeNumberProperty("limit_usd", Money.decimal(shortage.limit()));
      json.writeNumberProperty("remaining_usd", Money.decimal(shortage.remaining()));
    } else {
      json.writeNumberProperty("limit", shortage.limit());
      json.writeNumberProperty("remaining", shortage.remaining());
    }
  }

  private static void writeAffordable(JsonGenerator json, @Nullable Long outputTokens) {
    if (outputTokens != null) {
      json.writeNumberProperty("affordable_output_tokens", outputTokens);
    }
  }
}
