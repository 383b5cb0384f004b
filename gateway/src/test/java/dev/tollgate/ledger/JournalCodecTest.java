package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is read from the journal is what was written to it. */
class JournalCodecTest {
  @Property(tries = 500)
  void frame_writtenAndRead_isTheSame(
      @ForAll("records") JournalRecord record,
      @ForAll long sequence,
      @ForAll long batch,
      @ForAll long atMillis) {
    JournalFrame frame = new JournalFrame(sequence, batch, atMillis, record);

    assertThat(read(written(frame))).isEqualTo(frame);
  }

  @Example
  void frame_ofANewerVersion_isNamed() {
    ByteBuf bytes = written(new JournalFrame(1, 1, 1, new JournalRecord.Mark(1)));
    bytes.setByte(JournalCodec.HEAD_BYTES, 9);

    assertThatThrownBy(() -> read(bytes)).hasMessage("a record of version 9");
  }

  private static ByteBuf written(JournalFrame frame) {
    ByteBuf bytes = Unpooled.buffer();
    JournalCodec.write(bytes, frame);
    return bytes;
  }

  private static JournalFrame read(ByteBuf bytes) {
    int length = bytes.getInt(0);
    assertThat(length).isEqualTo(bytes.readableBytes() - JournalCodec.HEAD_BYTES);
    JournalFrame frame = JournalCodec.read(bytes.skipBytes(JournalCodec.HEAD_BYTES));
    assertThat(bytes.isReadable()).isFalse();
    return frame;
  }

  @Provide
  Arbitrary<JournalRecord> records() {
    return Arbitraries.oneOf(
        settlements().map(JournalRecord.Settled::new),
        Combinators.combine(settlements(), texts())
            .as((settlement, object) -> new JournalRecord.Settled(paying(settlement, object))),
        objects().map(JournalRecord.Kept::new),
        Combinators.combine(texts(), Arbitraries.of(ObjectKind.class), texts())
            .as((id, kind, object) -> new JournalRecord.Forgotten(new AccountId(id), kind, object)),
        Combinators.combine(settlements(), Arbitraries.integers().greaterOrEqual(1))
            .as(JournalRecord.PartSettled::new),
        Combinators.combine(settlements(), texts(), Arbitraries.integers().greaterOrEqual(1))
            .as((part, id, number) -> new JournalRecord.PartSettled(paying(part, id), number)),
        Combinators.combine(texts(), keys(), texts(), texts())
            .as(
                (id, key, reason, object) ->
                    new JournalRecord.ReleasedForGood(new RequestId(id), key, reason, object)),
        Combinators.combine(texts(), keys(), texts())
            .as((id, key, reason) -> new JournalRecord.Released(new RequestId(id), key, reason)),
        credits().map(JournalRecord.Credited::new),
        Arbitraries.longs().map(JournalRecord.Voided::new),
        Arbitraries.longs().map(JournalRecord.Mark::new));
  }

  private static Settlement paying(Settlement one, String object) {
    return new Settlement(
        one.request(),
        one.key(),
        one.kind(),
        one.costNanoUsd(),
        one.listNanoUsd(),
        one.heldNanoUsd(),
        one.usage(),
        one.facts(),
        object);
  }

  private static Arbitrary<NewObject> objects() {
    Arbitrary<NewObject.Payment> payments =
        Arbitraries.oneOf(
            Arbitraries.just(new NewObject.Payment.None()),
            Arbitraries.just(new NewObject.Payment.ByRequest()),
            Arbitraries.longs().greaterOrEqual(1).map(NewObject.Payment.Later::new));
    return Combinators.combine(
            keys(),
            texts().list().ofSize(4),
            Arbitraries.of(ObjectKind.class),
            Arbitraries.maps(texts(), texts()).ofMaxSize(8),
            payments,
            Arbitraries.longs().greaterOrEqual(1),
            Arbitraries.integers().greaterOrEqual(0))
        .as(
            (key, text, kind, facts, payment, keptMillis, countMax) ->
                new NewObject(
                    key,
                    text.get(0) + "x",
                    kind,
                    text.get(1),
                    new RequestId(text.get(2)),
                    text.get(3),
                    facts,
                    payment,
                    keptMillis,
                    countMax));
  }

  private static Arbitrary<Settlement> settlements() {
    return Combinators.combine(
            texts(), keys(), texts(), amounts(), amounts(), amounts(), usages(), facts())
        .as(
            (id, key, kind, cost, list, held, usage, facts) ->
                new Settlement(new RequestId(id), key, kind, cost, list, held, usage, facts));
  }

  private static Arbitrary<RequestFacts> facts() {
    Arbitrary<Long> numbers = Arbitraries.longs();
    return Combinators.combine(
            texts().list().ofSize(6),
            Arbitraries.integers(),
            Arbitraries.of(true, false),
            numbers.list().ofSize(3))
        .as(
            (text, status, streamed, number) ->
                new RequestFacts(
                    text.get(0),
                    text.get(1),
                    text.get(2),
                    text.get(3),
                    status,
                    streamed,
                    text.get(4),
                    text.get(5),
                    number.get(0),
                    number.get(1),
                    number.get(2)));
  }

  private static Arbitrary<Credit> credits() {
    Arbitrary<String> ids = texts().filter(id -> !id.isEmpty());
    return Combinators.combine(
            ids,
            texts(),
            Arbitraries.of(Credit.Kind.class),
            Arbitraries.longs().between(1, Money.MAX_NANO_USD),
            texts(),
            Arbitraries.longs().injectNull(0.5))
        .as(
            (id, account, kind, amount, reference, floor) ->
                new Credit(
                    id,
                    new AccountId(account),
                    kind,
                    kind.maySubtract() ? -amount : amount,
                    reference,
                    floor));
  }

  private static Arbitrary<Usage> usages() {
    return Arbitraries.maps(Arbitraries.of(Meter.class), Arbitraries.longs().greaterOrEqual(0))
        .map(
            counts -> {
              Usage.Builder usage = Usage.builder();
              counts.forEach(usage::set);
              return usage.build();
            });
  }

  private static Arbitrary<KeyRef> keys() {
    return Combinators.combine(texts(), texts())
        .as((account, key) -> new KeyRef(new AccountId(account), new KeyId(key)));
  }

  private static Arbitrary<Long> amounts() {
    return Arbitraries.longs().between(0, Money.MAX_NANO_USD);
  }

  /** Half a surrogate pair is no text: neither UTF-8 nor Redis can hold it. */
  private static Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars("aZ09:{}\u0000\n\"\u00e4\u20ac\u4e16")
        .ofMinLength(0)
        .ofMaxLength(60)
        .map(text -> text.length() % 7 == 0 ? text + "\ud83d\ude00" : text);
  }
}
