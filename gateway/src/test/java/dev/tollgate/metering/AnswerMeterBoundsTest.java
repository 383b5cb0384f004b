package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class AnswerMeterBoundsTest {
  private static final MeterSettings SETTINGS = new MeterSettings(1024, 256, 64, 1 << 20);

  private static final AnswerShape SHAPE =
      AnswerShape.of(Surface.OPENAI_CHAT)
          .choices("choices")
          .askedUsage("usage")
          .figure("usage.prompt_tokens", Figure.INPUT)
          .figure("usage.completion_tokens", Figure.OUTPUT)
          .text("choices[*].delta.content")
          .build();

  private static final String USAGE_EVENT =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n";

  private final List<ByteBuf> out = new ArrayList<>();

  private static AnswerMeter meter(boolean dropsAddedUsage) {
    return AnswerMeters.of(SHAPE, SETTINGS, 200, "text/event-stream", "", dropsAddedUsage);
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, UTF_8);
  }

  private String taken() {
    StringBuilder text = new StringBuilder();
    for (ByteBuf piece : out) {
      text.append(piece.toString(UTF_8));
      piece.release();
    }
    out.clear();
    return text.toString();
  }

  @Test
  void read_passThrough_handsOnTheVeryBuffer() {
    AnswerMeter meter = meter(false);
    ByteBuf piece = bytes(event("Hi"));

    meter.read(piece, out::add);

    assertThat(out).singleElement().isSameAs(piece);
    assertThat(piece.refCnt()).isEqualTo(1);
    taken();
  }

  @Test
  void read_anOrdinaryChunkWhileDropping_leavesInTheSameCallUncopied() {
    AnswerMeter meter = meter(true);
    ByteBuf piece = bytes(event("Hi"));

    meter.read(piece, out::add);

    assertThat(out).singleElement().isSameAs(piece);
    taken();
  }

  @Test
  void read_aCommentWhileDropping_leavesBeforeItsBlankLine() {
    AnswerMeter meter = meter(true);

    meter.read(bytes(": keep-alive\n"), out::add);

    assertThat(taken()).isEqualTo(": keep-alive\n");
  }

  @Test
  void read_aHalfEvent_isHeldUntilItIsDecided() {
    AnswerMeter meter = meter(true);

    meter.read(bytes(USAGE_EVENT.substring(0, 30)), out::add);
    assertThat(out).isEmpty();
    meter.read(bytes(USAGE_EVENT.substring(30) + "data: [DONE]\n\n"), out::add);

    assertThat(taken()).isEqualTo("data: [DONE]\n\n");
  }

  @Test
  void read_anEventBeyondTheHeldBound_goesOnWhateverItSays() {
    String padding = "x".repeat(SETTINGS.heldBytesMax());
    String event = USAGE_EVENT.replace("{\"choices\"", "{\"id\":\"" + padding + "\",\"choices\"");
    for (int cut : new int[] {1, 500, 1000, 1040, event.length() - 3, event.length()}) {
      AnswerMeter meter = meter(true);

      meter.read(bytes(event.substring(0, cut)), out::add);
      meter.read(bytes(event.substring(cut)), out::add);
      meter.end(out::add);

      assertThat(taken()).isEqualTo(event);
      assertThat(meter.tally().reported()).hasToString("{input=3, output=2}");
    }
  }

  @Test
  void discard_withHeldBytes_releasesThem() {
    AnswerMeter meter = meter(true);
    ByteBuf piece = bytes("data: {\"cho");
    meter.read(piece, out::add);

    meter.discard();
    meter.discard();

    assertThat(piece.refCnt()).isZero();
  }

  @Test
  void read_aLineOf64MiB_isCountedInBoundedMemory() {
    for (boolean drops : new boolean[] {false, true}) {
      AnswerMeter meter = meter(drops);
      byte[] letters = new byte[64 * 1024];
      Arrays.fill(letters, (byte) 'x');
      Forwarded forwarded = new Forwarded();

      meter.read(bytes("data: {\"choices\":[{\"delta\":{\"content\":\""), forwarded::take);
      for (int i = 0; i < 1024; i++) {
        meter.read(
            PooledByteBufAllocator.DEFAULT.directBuffer(letters.length).writeBytes(letters),
            forwarded::take);
        assertThat(forwarded.bytes).isGreaterThanOrEqualTo(i * 64L * 1024);
      }
      meter.read(bytes("\"}}]}\n\n" + USAGE_EVENT), forwarded::take);
      meter.end(forwarded::take);

      Tally tally = meter.tally();
      assertThat(tally.delivered().bytes()).isEqualTo(64L * 1024 * 1024);
      assertThat(tally.delivered().sample()).hasSize(SETTINGS.sampleBytesMax());
      assertThat(tally.reported()).hasToString("{input=3, output=2}");
    }
  }

  @Test
  void read_aMillionTinyChunks_areAllCounted() {
    AnswerMeter meter = meter(true);
    byte[] event = event("a").getBytes(UTF_8);
    Forwarded forwarded = new Forwarded();
    for (int i = 0; i < 1_000_000; i++) {
      meter.read(Unpooled.wrappedBuffer(event), forwarded::take);
    }
    meter.read(bytes(USAGE_EVENT), forwarded::take);
    meter.end(forwarded::take);

    assertThat(meter.tally().delivered().bytes()).isEqualTo(1_000_000);
    assertThat(forwarded.bytes).isEqualTo(1_000_000L * event.length);
  }

  @Test
  void read_anArrayOfAMillionElements_isCountedAsItPasses() {
    AnswerShape elements =
        AnswerShape.of(Surface.GEMINI)
            .documents("[*]")
            .choices("[*].candidates")
            .text("[*].candidates[*].text")
            .usage("[*].usage")
            .figure("[*].usage.input", Figure.INPUT)
            .figure("[*].usage.output", Figure.OUTPUT)
            .build();
    AnswerMeter meter = AnswerMeters.of(elements, SETTINGS, 200, "", "", false);
    byte[] element =
        "{\"candidates\":[{\"text\":\"a\"}],\"usage\":{\"input\":3,\"output\":5}},".getBytes(UTF_8);
    Forwarded forwarded = new Forwarded();

    meter.read(bytes("["), forwarded::take);
    for (int i = 0; i < 1_000_000; i++) {
      meter.read(Unpooled.wrappedBuffer(element), forwarded::take);
      assertThat(forwarded.bytes).isEqualTo(1 + (i + 1L) * element.length);
    }
    meter.end(forwarded::take);

    assertThat(meter.tally().reported()).hasToString("{input=3, output=5}");
    assertThat(meter.tally().delivered().bytes()).isEqualTo(1_000_000);
    assertThat(meter.tally().delivered().sample())
        .hasSizeLessThanOrEqualTo(SETTINGS.sampleBytesMax());
  }

  @Test
  void read_manyChunksInOnePiece_loseTheirNullsAndArriveAsOneBuffer() {
    AnswerMeter meter = meter(true);
    String plain = event("a");
    String withNull = plain.replace("}]}", "}],\"usage\":null}");

    meter.read(bytes(withNull.repeat(1000)), out::add);

    assertThat(out).hasSize(1);
    assertThat(taken()).isEqualTo(plain.repeat(1000));
  }

  @Test
  void read_figuresOfADirectBufferLargerThanTheWindow_areFound() {
    AnswerMeter meter = meter(false);
    ByteBuf piece = PooledByteBufAllocator.DEFAULT.directBuffer();
    piece
        .writeBytes(event("y".repeat(100_000)).getBytes(UTF_8))
        .writeBytes(USAGE_EVENT.getBytes(UTF_8));

    meter.read(piece, out::add);
    meter.end(out::add);

    assertThat(meter.tally().reported()).isNotNull();
    assertThat(meter.tally().delivered().bytes()).isEqualTo(100_000);
    taken();
  }

  @Test
  void read_aCompressionBomb_isUnpackedOnlySoFar() throws IOException {
    byte[] bomb = gzip("data: " + " ".repeat(8 << 20) + USAGE_EVENT.substring(6));
    AnswerMeter meter = AnswerMeters.of(SHAPE, SETTINGS, 200, "", "gzip", true);

    meter.read(Unpooled.wrappedBuffer(bomb), out::add);
    meter.end(out::add);

    assertThat(meter.tally().reported()).isNull();
    assertThat(out).singleElement().matches(piece -> piece.readableBytes() == bomb.length);
    taken();
  }

  @Test
  void read_damagedCompression_countsWhatCameBefore() throws IOException {
    byte[] packed = gzip(event("Hello") + USAGE_EVENT);
    packed[packed.length - 6] ^= 0x55; // in the checksum
    AnswerMeter meter = AnswerMeters.of(SHAPE, SETTINGS, 200, "", "gzip", false);

    meter.read(Unpooled.wrappedBuffer(packed), out::add);
    meter.read(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}), out::add);
    meter.end(out::add);

    assertThat(meter.tally().delivered().bytes()).isEqualTo(5);
    assertThat(out).hasSize(2);
    taken();
  }

  @Test
  void tally_ofRepeatedFigures_keepsTheLast() {
    AnswerMeter meter = meter(false);
    meter.read(bytes(USAGE_EVENT + USAGE_EVENT.replace(":2}", ":9}")), out::add);

    assertThat(meter.tally().reported()).hasToString("{input=3, output=9}");
    taken();
  }

  private static String event(String content) {
    return "data: {\"choices\":[{\"delta\":{\"content\":\"" + content + "\"}}]}\n\n";
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(packed)) {
      stream.write(text.getBytes(UTF_8));
    }
    return packed.toByteArray();
  }

  /** Counts and releases. */
  private static final class Forwarded {
    private long bytes;

    private void take(ByteBuf piece) {
      bytes += piece.readableBytes();
      piece.release();
    }
  }

  private boolean isCutOff(String contentType, String contentEncoding, byte[] body) {
    AnswerMeter meter = AnswerMeters.of(SHAPE, SETTINGS, 200, contentType, contentEncoding, false);
    meter.read(Unpooled.wrappedBuffer(body), out::add);
    meter.end(out::add);
    taken();
    return ServedTierMeter.of(meter, "flex").isCutOff();
  }

  @Test
  void end_inTheMiddleOfADocument_isTold_ofStreamsNot() throws IOException {
    String whole = "{\"choices\":[]}";
    String cut = "{\"choices\":[]";

    assertThat(isCutOff("application/json", "", whole.getBytes(UTF_8))).isFalse();
    assertThat(isCutOff("application/json", "", cut.getBytes(UTF_8))).isTrue();
    assertThat(isCutOff("application/json", "gzip", gzip(whole))).isFalse();
    assertThat(isCutOff("application/json", "gzip", gzip(cut))).isTrue();
    assertThat(isCutOff("text/event-stream", "", event("Hi").substring(0, 20).getBytes(UTF_8)))
        .isFalse();
  }
}
