package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Usage;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.ObjectState;
import dev.tollgate.metering.Tally;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays every fixture whole, cut at every offset, byte by byte and compressed. */
class FixtureReplayTest {
  private static final int EVERY_CUT_BYTES_MAX = 8 * 1024;

  private static final Dialects DIALECTS = new Dialects("/topup", MeterSettings.DEFAULTS);

  @TestFactory
  List<DynamicNode> fixtures() {
    List<DynamicNode> endpoints = new ArrayList<>();
    for (Dialect dialect : DIALECTS.all()) {
      for (Endpoint endpoint : dialect.endpoints()) {
        String folder = folder(dialect, endpoint);
        List<Fixture> fixtures = Fixture.allOf(folder);
        boolean isFree = endpoint.soldBy().equals(Endpoint.FREE);
        if (isFree && (fixtures.isEmpty() || !isPolled(endpoint))) {
          continue;
        }
        assertThat(fixtures).as("fixtures in " + folder).isNotEmpty();
        endpoints.add(
            DynamicContainer.dynamicContainer(
                folder, fixtures.stream().map(fixture -> tests(endpoint, fixture))));
      }
    }
    return endpoints;
  }

  /** Whether what is free to ask says what something else costs; others may share its path. */
  private static boolean isPolled(Endpoint endpoint) {
    ObjectAct act = endpoint.objectAct();
    return act != null && act.verb() == ObjectAct.Verb.POLL;
  }

  /** {@code openai-chat-completions}. */
  private static String folder(Dialect dialect, Endpoint endpoint) {
    String path = endpoint.path().replaceFirst("^/v1(beta)?", "").replaceAll("[{}]", "");
    return dialect.name() + path.replaceAll("[/:]", "-");
  }

  private static DynamicNode tests(Endpoint endpoint, Fixture fixture) {
    return DynamicContainer.dynamicContainer(
        fixture.name(),
        List.of(
            DynamicTest.dynamicTest("whole", () -> replayWhole(endpoint, fixture)),
            DynamicTest.dynamicTest("cut everywhere", () -> replayCuts(endpoint, fixture)),
            DynamicTest.dynamicTest("byte by byte", () -> replayBytes(endpoint, fixture)),
            DynamicTest.dynamicTest("compressed", () -> replayCompressed(endpoint, fixture))));
  }

  private static void replayWhole(Endpoint endpoint, Fixture fixture) {
    check(fixture, endpoint, List.of(Unpooled.wrappedBuffer(fixture.answer())), "whole");
    ByteBuf direct = PooledByteBufAllocator.DEFAULT.directBuffer();
    direct.writeBytes(fixture.answer());
    check(fixture, endpoint, List.of(direct), "direct");
  }

  private static void replayCuts(Endpoint endpoint, Fixture fixture) {
    byte[] answer = fixture.answer();
    assertThat(answer.length).isLessThan(EVERY_CUT_BYTES_MAX);
    for (int cut = 1; cut < answer.length; cut++) {
      List<ByteBuf> pieces =
          List.of(
              Unpooled.wrappedBuffer(answer, 0, cut),
              Unpooled.wrappedBuffer(answer, cut, answer.length - cut));
      check(fixture, endpoint, pieces, "cut at " + cut);
    }
  }

  private static void replayBytes(Endpoint endpoint, Fixture fixture) {
    List<ByteBuf> pieces = new ArrayList<>();
    for (int i = 0; i < fixture.answer().length; i++) {
      pieces.add(Unpooled.wrappedBuffer(fixture.answer(), i, 1));
    }
    check(fixture, endpoint, pieces, "byte by byte");
  }

  private static void replayCompressed(Endpoint endpoint, Fixture fixture) throws IOException {
    if (!fixture.contentEncoding().isEmpty() || fixture.answer().length == 0) {
      return;
    }
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(gzip)) {
      stream.write(fixture.answer());
    }
    checkPacked(endpoint, fixture, "gzip", gzip.toByteArray());
    ByteArrayOutputStream deflate = new ByteArrayOutputStream();
    try (DeflaterOutputStream stream = new DeflaterOutputStream(deflate)) {
      stream.write(fixture.answer());
    }
    checkPacked(endpoint, fixture, "deflate", deflate.toByteArray());
  }

  private static void checkPacked(
      Endpoint endpoint, Fixture fixture, String encoding, byte[] packed) {
    List<ByteBuf> pieces = new ArrayList<>();
    for (int i = 0; i < packed.length; i += 7) {
      pieces.add(Unpooled.wrappedBuffer(packed, i, Math.min(7, packed.length - i)));
    }
    Replay replay = Replay.of(endpoint, fixture, encoding, pieces);
    assertThat(replay.forwarded()).as(encoding).isEqualTo(packed);
    checkTally(fixture, replay.tally(), encoding);
  }

  private static void check(
      Fixture fixture, Endpoint endpoint, List<ByteBuf> pieces, String manner) {
    Replay replay = Replay.of(endpoint, fixture, fixture.contentEncoding(), pieces);
    if (!Arrays.equals(replay.forwarded(), fixture.forwarded())) {
      assertThat(new String(replay.forwarded(), UTF_8))
          .as(manner)
          .isEqualTo(new String(fixture.forwarded(), UTF_8));
    }
    checkTally(fixture, replay.tally(), manner);
  }

  private static void checkTally(Fixture fixture, Tally tally, String manner) {
    String delivered = new String(tally.delivered().sample(), UTF_8);
    assertThat(text(tally.reported()))
        .as(manner)
        .isEqualTo(fixture.expect().getProperty("reported"));
    assertThat(text(tally.inputKnown()))
        .as(manner)
        .isEqualTo(fixture.expect().getProperty("inputKnown"));
    assertThat(text(tally.counted()))
        .as(manner)
        .isEqualTo(fixture.expect().getProperty("counted", ""));
    assertThat(tally.reasoningTokens())
        .as(manner)
        .isEqualTo(Long.parseLong(fixture.expect().getProperty("reasoning", "0")));
    assertThat(tally.isStrange()).as(manner).isEqualTo(fixture.isTrue("strange"));
    assertThat(tally.isError()).as(manner).isEqualTo(fixture.isTrue("error"));
    assertThat(delivered).as(manner).isEqualTo(fixture.expect().getProperty("delivered"));
    assertThat(String.valueOf(tally.servedTier()))
        .as(manner)
        .isEqualTo(fixture.expect().getProperty("tier", "null"));
    if (fixture.expect().containsKey("object")) {
      assertThat(text(tally.object())).as(manner).isEqualTo(fixture.expect().getProperty("object"));
    }
    assertThat(String.valueOf(tally.pendingId()))
        .as(manner)
        .isEqualTo(fixture.expect().getProperty("pending", "null"));
    String bytes = fixture.expect().getProperty("deliveredBytes");
    assertThat(tally.delivered().bytes())
        .as(manner)
        .isEqualTo(bytes == null ? delivered.getBytes(UTF_8).length : Long.parseLong(bytes));
  }

  /** {@code batch_1 completed [file-1] 2/3}. */
  private static String text(ObjectState object) {
    return "%s %s %s %d/%d"
        .formatted(object.id(), object.status(), object.files(), object.done(), object.total());
  }

  private static String text(@Nullable Usage usage) {
    if (usage == null) {
      return "none";
    }
    String text = usage.toString();
    return text.substring(1, text.length() - 1);
  }

  /** What came of feeding an answer's pieces; every buffer has been accounted for. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Replay(byte[] forwarded, Tally tally) {
    private static Replay of(
        Endpoint endpoint, Fixture fixture, String encoding, List<ByteBuf> pieces) {
      AnswerMeter meter =
          endpoint.newAnswerMeter(
              new AnswerHead(fixture.status(), fixture.contentType(), encoding),
              fixture.variant(),
              fixture.isTrue("addedUsage"));
      ByteBuf forwarded = Unpooled.buffer();
      for (ByteBuf piece : pieces) {
        meter.read(piece, out -> take(out, forwarded));
      }
      meter.end(out -> take(out, forwarded));
      meter.discard();
      for (ByteBuf piece : pieces) {
        assertThat(piece.refCnt())
            .isLessThanOrEqualTo(piece.isReadable() || piece.capacity() > 0 ? 0 : 1);
      }
      byte[] bytes = new byte[forwarded.readableBytes()];
      forwarded.readBytes(bytes);
      forwarded.release();
      return new Replay(bytes, meter.tally());
    }

    private static void take(ByteBuf out, ByteBuf forwarded) {
      forwarded.writeBytes(out);
      out.release();
    }
  }
}
