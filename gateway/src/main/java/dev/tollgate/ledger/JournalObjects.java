package dev.tollgate.ledger;

import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.NewObject.Payment;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;

/** Kept objects in the journal, as {@link JournalCodec} has the rest. Buffers stay the caller's. */
final class JournalObjects {
  private static final long NO_PAYMENT = -1;
  private static final long BY_REQUEST = 0;

  private JournalObjects() {}

  static void write(ByteBuf out, NewObject object) {
    JournalCodec.write(out, object.owner());
    JournalCodec.write(out, object.id());
    JournalCodec.write(out, object.kind().key());
    JournalCodec.write(out, object.provider());
    JournalCodec.write(out, object.request().value());
    JournalCodec.write(out, object.purpose());
    out.writeInt(object.facts().size());
    object
        .facts()
        .forEach(
            (name, value) -> {
              JournalCodec.write(out, name);
              JournalCodec.write(out, value);
            });
    out.writeLong(
        switch (object.payment()) {
          case Payment.None none -> NO_PAYMENT;
          case Payment.ByRequest request -> BY_REQUEST;
          case Payment.Later(long leaseMillis) -> leaseMillis;
        });
    out.writeLong(object.keptMillis());
    out.writeInt(object.countMax());
  }

  static NewObject read(ByteBuf in) {
    return new NewObject(
        JournalCodec.key(in),
        JournalCodec.text(in),
        kind(JournalCodec.text(in)),
        JournalCodec.text(in),
        new RequestId(JournalCodec.text(in)),
        JournalCodec.text(in),
        facts(in),
        payment(in.readLong()),
        in.readLong(),
        in.readInt());
  }

  private static Map<String, String> facts(ByteBuf in) {
    Map<String, String> facts = new HashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      facts.put(JournalCodec.text(in), JournalCodec.text(in));
    }
    return facts;
  }

  private static Payment payment(long leaseMillis) {
    if (leaseMillis == NO_PAYMENT) {
      return new Payment.None();
    }
    return leaseMillis == BY_REQUEST ? new Payment.ByRequest() : new Payment.Later(leaseMillis);
  }

  /**
   * @throws IllegalArgumentException for one of a version that knows more
   */
  static ObjectKind kind(String key) {
    return ObjectKind.named(key)
        .orElseThrow(() -> new IllegalArgumentException("an object of kind " + key));
  }
}
