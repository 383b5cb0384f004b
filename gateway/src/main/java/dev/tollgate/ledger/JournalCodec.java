package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Frames to bytes and back: the length of what follows the checksum, the CRC-32C of it, then
 * version, kind, sequence, batch, time, and the record's own fields in order. Numbers are
 * big-endian; texts are UTF-8 after their length in bytes. Buffers stay the caller's.
 */
final class JournalCodec {
  /** Of length and checksum. */
  static final int HEAD_BYTES = 8;

  /** Of version, kind, sequence, batch and time. */
  static final int PAYLOAD_BYTES_MIN = 26;

  /** A length beyond this one is damage. */
  static final int PAYLOAD_BYTES_MAX = 16 << 20;

  private static final byte VERSION = 1;
  private static final byte SETTLE = 1;
  private static final byte RELEASE = 2;
  private static final byte CREDIT = 3;
  private static final byte VOID = 4;
  private static final byte MARK = 5;
  private static final byte PART = 6;
  private static final byte SETTLE_OBJECT = 7;
  private static final byte KEEP = 8;
  private static final byte FORGET = 9;
  private static final byte CREDIT_ABOVE = 10;
  private static final byte PLAN = 13;
  private static final byte RELEASE_OBJECT = 11;
  private static final byte PART_OBJECT = 12;

  private static final Meter[] METERS = Meter.values();
  private static final Map<String, Meter> METERS_BY_KEY = metersByKey();

  private JournalCodec() {}

  static void write(ByteBuf out, JournalFrame frame) {
    int start = out.writerIndex();
    out.writeZero(HEAD_BYTES);
    out.writeByte(VERSION);
    out.writeByte(kind(frame.record()));
    out.writeLong(frame.sequence()).writeLong(frame.batch()).writeLong(frame.atMillis());
    switch (frame.record()) {
      case JournalRecord.Settled(Settlement settlement) -> {
        if (!settlement.object().isEmpty()) {
          write(out, settlement.object());
        }
        write(out, settlement);
      }
      case JournalRecord.PartSettled(Settlement part, int number) -> {
        if (!part.object().isEmpty()) {
          write(out, part.object());
        }
        out.writeInt(number);
        write(out, part);
      }
      case JournalRecord.Released(RequestId request, KeyRef key, String reason) -> {
        write(out, request.value());
        write(out, key);
        write(out, reason);
      }
      case JournalRecord.ReleasedForGood(
              RequestId request,
              KeyRef key,
              String reason,
              String object) -> {
        write(out, request.value());
        write(out, key);
        write(out, reason);
        write(out, object);
      }
      case JournalRecord.Kept(NewObject object) -> JournalObjects.write(out, object);
      case JournalRecord.Forgotten(AccountId account, ObjectKind objects, String id) -> {
        write(out, account.value());
        write(out, objects.key());
        write(out, id);
      }
      case JournalRecord.Credited(Credit credit) -> {
        if (credit.floorNanoUsd() != null) {
          out.writeLong(credit.floorNanoUsd());
        }
        write(out, credit);
      }
      case JournalRecord.PlanChanged(PlanChange change) -> JournalPlans.write(out, change);
      case JournalRecord.Voided(long sequence) -> out.writeLong(sequence);
      case JournalRecord.Mark(long confirmedBefore) -> out.writeLong(confirmedBefore);
    }
    int length = out.writerIndex() - start - HEAD_BYTES;
    out.setInt(start, length);
    out.setInt(start + 4, crc32c(out, start + HEAD_BYTES, length));
  }

  /** The checksum of a part of a buffer. */
  static int crc32c(ByteBuf bytes, int index, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.nioBuffer(index, length));
    return (int) crc.getValue();
  }

  /**
   * @param payload what follows a checksum that is right; read to its end
   * @throws IllegalArgumentException when it was written by a version that knows more
   */
  static JournalFrame read(ByteBuf payload) {
    byte version = payload.readByte();
    if (version != VERSION) {
      throw new IllegalArgumentException("a record of version " + version);
    }
    byte kind = payload.readByte();
    return new JournalFrame(
        payload.readLong(), payload.readLong(), payload.readLong(), record(kind, payload));
  }

  private static JournalRecord record(byte kind, ByteBuf in) {
    return switch (kind) {
      case SETTLE -> new JournalRecord.Settled(settlement("", in));
      case SETTLE_OBJECT -> new JournalRecord.Settled(settlement(text(in), in));
      case KEEP -> new JournalRecord.Kept(JournalObjects.read(in));
      case FORGET ->
          new JournalRecord.Forgotten(
              new AccountId(text(in)), JournalObjects.kind(text(in)), text(in));
      case PART -> part("", in);
      case PART_OBJECT -> part(text(in), in);
      case RELEASE -> new JournalRecord.Released(new RequestId(text(in)), key(in), text(in));
      case RELEASE_OBJECT ->
          new JournalRecord.ReleasedForGood(new RequestId(text(in)), key(in), text(in), text(in));
      case CREDIT -> new JournalRecord.Credited(credit(null, in));
      case CREDIT_ABOVE -> new JournalRecord.Credited(credit(in.readLong(), in));
      case PLAN -> new JournalRecord.PlanChanged(JournalPlans.read(in));
      case VOID -> new JournalRecord.Voided(in.readLong());
      case MARK -> new JournalRecord.Mark(in.readLong());
      default -> throw new IllegalArgumentException("a record of kind " + kind);
    };
  }

  private static JournalRecord part(String object, ByteBuf in) {
    int number = in.readInt();
    return new JournalRecord.PartSettled(settlement(object, in), number);
  }

  private static byte kind(JournalRecord record) {
    return switch (record) {
      case JournalRecord.Settled settled ->
          settled.settlement().object().isEmpty() ? SETTLE : SETTLE_OBJECT;
      case JournalRecord.Kept kept -> KEEP;
      case JournalRecord.Forgotten forgotten -> FORGET;
      case JournalRecord.PartSettled part -> part.part().object().isEmpty() ? PART : PART_OBJECT;
      case JournalRecord.Released released -> RELEASE;
      case JournalRecord.ReleasedForGood released -> RELEASE_OBJECT;
      case JournalRecord.Credited credited ->
          credited.credit().floorNanoUsd() == null ? CREDIT : CREDIT_ABOVE;
      case JournalRecord.PlanChanged plan -> PLAN;
      case JournalRecord.Voided voided -> VOID;
      case JournalRecord.Mark mark -> MARK;
    };
  }

  private static void write(ByteBuf out, Settlement settlement) {
    write(out, settlement.request().value());
    write(out, settlement.key());
    write(out, settlement.kind());
    out.writeLong(settlement.costNanoUsd());
    out.writeLong(settlement.listNanoUsd());
    out.writeLong(settlement.heldNanoUsd());
    write(out, settlement.usage());
    RequestFacts facts = settlement.facts();
    write(out, facts.endpoint());
    write(out, facts.model());
    write(out, facts.provider());
    write(out, facts.upstreamModel());
    out.writeInt(facts.status());
    out.writeBoolean(facts.isStreamed());
    write(out, facts.estimated());
    write(out, facts.attempts());
    out.writeLong(facts.startedAtMillis());
    out.writeLong(facts.durationMillis());
    out.writeLong(facts.firstByteMillis());
  }

  private static Settlement settlement(String object, ByteBuf in) {
    return new Settlement(
        new RequestId(text(in)),
        key(in),
        text(in),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        usage(in),
        new RequestFacts(
            text(in),
            text(in),
            text(in),
            text(in),
            in.readInt(),
            in.readBoolean(),
            text(in),
            text(in),
            in.readLong(),
            in.readLong(),
            in.readLong()),
        object);
  }

  private static void write(ByteBuf out, Credit credit) {
    write(out, credit.id());
    write(out, credit.account().value());
    write(out, credit.kind().key());
    out.writeLong(credit.amountNanoUsd());
    write(out, credit.reference());
  }

  private static Credit credit(@Nullable Long floorNanoUsd, ByteBuf in) {
    return new Credit(
        text(in),
        new AccountId(text(in)),
        Credit.Kind.of(text(in)),
        in.readLong(),
        text(in),
        floorNanoUsd);
  }

  /** By name: the places of meters may change from version to version. */
  private static void write(ByteBuf out, Usage usage) {
    int count = out.writerIndex();
    out.writeByte(0);
    int written = 0;
    for (Meter meter : METERS) {
      if (usage.count(meter) != 0) {
        write(out, meter.key());
        out.writeLong(usage.count(meter));
        written++;
      }
    }
    out.setByte(count, written);
  }

  private static Usage usage(ByteBuf in) {
    Usage.Builder usage = Usage.builder();
    for (int left = in.readUnsignedByte(); left > 0; left--) {
      String key = text(in);
      Meter meter = METERS_BY_KEY.get(key);
      if (meter == null) {
        throw new IllegalArgumentException("a count of " + key);
      }
      usage.set(meter, in.readLong());
    }
    return usage.build();
  }

  static void write(ByteBuf out, KeyRef key) {
    write(out, key.account().value());
    write(out, key.key().value());
  }

  static KeyRef key(ByteBuf in) {
    return new KeyRef(new AccountId(text(in)), new KeyId(text(in)));
  }

  static void write(ByteBuf out, String text) {
    int start = out.writerIndex();
    out.writeInt(0);
    out.setInt(start, ByteBufUtil.writeUtf8(out, text));
  }

  static String text(ByteBuf in) {
    return in.readCharSequence(in.readInt(), StandardCharsets.UTF_8).toString();
  }

  private static Map<String, Meter> metersByKey() {
    Map<String, Meter> meters = new HashMap<>();
    for (Meter meter : METERS) {
      meters.put(meter.key(), meter);
    }
    return meters;
  }
}
