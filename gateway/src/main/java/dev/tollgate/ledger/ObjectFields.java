package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.NewObject.Payment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Kept objects as the arguments of their scripts, and as the fields of their hashes. */
final class ObjectFields {
  private ObjectFields() {}

  static String[] of(NewObject object, String clockOffset) {
    return new String[] {
      clockOffset,
      object.owner().account().value(),
      object.owner().key().value(),
      object.request().value(),
      object.id(),
      object.kind().key(),
      payment(object.payment()),
      Long.toString(object.keptMillis()),
      object.countMax() == 0 ? "" : Integer.toString(object.countMax()),
      object.provider(),
      object.purpose(),
      lines(object.facts())
    };
  }

  private static String payment(Payment payment) {
    return switch (payment) {
      case Payment.None none -> "";
      case Payment.ByRequest request -> "now";
      case Payment.Later(long leaseMillis) -> Long.toString(leaseMillis);
    };
  }

  /** Empty for one that is not there, or has been forgotten. */
  static Optional<KeptObject> find(AccountId account, String id, StoredHash fields) {
    Optional<ObjectKind> kind = ObjectKind.named(fields.text("kind"));
    if (kind.isEmpty() || fields.text("forgotten").equals("1")) {
      return Optional.empty();
    }
    return Optional.of(
        new KeptObject(
            new KeyRef(account, new KeyId(fields.text("key"))),
            id,
            kind.get(),
            fields.text("provider"),
            new RequestId(fields.text("request")),
            facts(fields.text("facts")),
            fields.number("created_at"),
            fields.text("deferred").equals("1"),
            fields.text("state").equals("settled")));
  }

  /** In the order of their names, so that equal facts are equal texts. */
  private static String lines(Map<String, String> facts) {
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, String> fact : new TreeMap<>(facts).entrySet()) {
      lines.append(lines.isEmpty() ? "" : "\n").append(fact.getKey());
      lines.append(' ').append(fact.getValue());
    }
    return lines.toString();
  }

  static Map<String, String> facts(String lines) {
    Map<String, String> facts = new HashMap<>();
    lines
        .lines()
        .forEach(
            line -> {
              int space = line.indexOf(' ');
              facts.put(line.substring(0, space), line.substring(space + 1));
            });
    return facts;
  }
}
