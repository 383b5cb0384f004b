package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * From a hold or tombstone, and the event that says most of its request, to what is known of it.
 * What its parts come to stands in the tombstone; the event's own figures are added, where they are
 * of the end.
 */
final class RequestFields {
  private static final List<String> WANTED =
      List.of(
          "state",
          "key",
          "amount",
          "model",
          "started_at",
          "charged",
          "parts",
          "parts_charged",
          "parts_list",
          "parts_usage",
          "parts_estimated");

  private final StoredHash hold;
  private final StoredHash event;

  private RequestFields(StoredHash hold, StoredHash event) {
    this.hold = hold;
    this.event = event;
  }

  /** The arguments of the script. */
  static String[] wanted(AccountId account) {
    List<String> arguments = new ArrayList<>(WANTED.size() + 1);
    arguments.add(account.value());
    arguments.addAll(WANTED);
    return arguments.toArray(String[]::new);
  }

  /**
   * @param answer what the script returned
   */
  static Optional<RequestRecord> find(RequestId request, List<String> answer) {
    if (answer.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> hold = new HashMap<>();
    for (int i = 0; i < WANTED.size(); i++) {
      if (!answer.get(i).isEmpty()) {
        hold.put(WANTED.get(i), answer.get(i));
      }
    }
    StoredHash event = StoredHash.of(answer.subList(WANTED.size(), answer.size()));
    return Optional.of(new RequestFields(new StoredHash(hold), event).record(request));
  }

  private RequestRecord record(RequestId request) {
    RequestRecord.State state = state();
    return new RequestRecord(
        request,
        new KeyId(hold.text("key")),
        state,
        hold.text("model").isEmpty() ? event.text("model") : hold.text("model"),
        event.isMissing() ? hold.number("started_at") : event.number("started_at"),
        hold.number("parts_charged") + hold.number("charged"),
        list(state),
        usage(state),
        estimated(state),
        hold.number("amount"),
        Math.toIntExact(hold.number("parts")),
        event.text("reason"),
        facts());
  }

  private RequestRecord.State state() {
    return switch (hold.text("state")) {
      case "open", "unheld" -> RequestRecord.State.RUNNING;
      case "settled" -> RequestRecord.State.SETTLED;
      case "released" -> RequestRecord.State.RELEASED;
      case "reaped" -> RequestRecord.State.REAPED;
      default ->
          throw new IllegalStateException("a request in an unknown state: " + hold.text("state"));
    };
  }

  private @Nullable Long list(RequestRecord.State state) {
    if (isChargeUnknown(state)) {
      return null;
    }
    return hold.number("parts_list") + (isCharge(state) ? event.number("list") : 0);
  }

  private @Nullable Usage usage(RequestRecord.State state) {
    if (isChargeUnknown(state)) {
      return null;
    }
    Usage ofParts = UsageText.read(hold.text("parts_usage"));
    return isOwnUsageKnown(state) ? ofParts.plus(UsageText.read(event.text("usage"))) : ofParts;
  }

  /** Whether the event says what was charged at the end. */
  private boolean isCharge(RequestRecord.State state) {
    return switch (state) {
      case SETTLED -> true;
      case REAPED -> event.text("act").equals("reap");
      case RELEASED, RUNNING -> false;
    };
  }

  private boolean isChargeUnknown(RequestRecord.State state) {
    return event.isMissing()
        && (state == RequestRecord.State.SETTLED || state == RequestRecord.State.REAPED);
  }

  /** Whether the event has a usage that is not among that of the parts. */
  private boolean isOwnUsageKnown(RequestRecord.State state) {
    return isCharge(state) || event.text("act").equals("checkpoint");
  }

  private String estimated(RequestRecord.State state) {
    String ofEnd = isOwnUsageKnown(state) ? event.text("estimated") : "";
    return ofEnd.isEmpty() ? hold.text("parts_estimated") : ofEnd;
  }

  private @Nullable RequestFacts facts() {
    if (event.text("endpoint").isEmpty()) {
      return null;
    }
    return new RequestFacts(
        event.text("endpoint"),
        event.text("model"),
        event.text("provider"),
        event.text("upstream_model"),
        Math.toIntExact(event.number("status")),
        event.text("streamed").equals("1"),
        event.text("estimated"),
        event.text("attempts"),
        event.number("started_at"),
        event.number("duration_ms"),
        event.number("first_byte_ms"));
  }
}
