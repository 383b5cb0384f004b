package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Tally;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Responses end with an event that says everything once more: it may be as large as it likes. */
class ResponsesBoundsTest {
  private static final int PIECE_BYTES = 64 * 1024;
  private static final int PIECES = 1024;
  private static final MeterSettings SETTINGS = MeterSettings.DEFAULTS;

  private static final String END = "]}],\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}}\n\n";

  private long forwardedBytes;

  private static AnswerMeter meter() {
    return OpenAiResponses.endpoint(SETTINGS)
        .newAnswerMeter(new AnswerHead(200, "text/event-stream", ""), Variant.STANDARD, false);
  }

  private void take(ByteBuf piece) {
    forwardedBytes += piece.readableBytes();
    piece.release();
  }

  private void read(AnswerMeter meter, String text) {
    meter.read(Unpooled.copiedBuffer(text, UTF_8), this::take);
  }

  private static String delta(String text) {
    return "event: response.output_text.delta\n"
        + "data: {\"type\":\"response.output_text.delta\",\"delta\":\""
        + text
        + "\"}\n\n";
  }

  private static String completed(String before) {
    return "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"content\":["
        + before;
  }

  @Test
  void aLastEventOf64MiB_isPassedOnAsItComesAndItsUsageFound() {
    AnswerMeter meter = meter();
    byte[] letters = new byte[PIECE_BYTES];
    Arrays.fill(letters, (byte) 'x');

    read(meter, delta("Hi"));
    read(meter, completed("{\"text\":\""));
    for (int i = 0; i < PIECES; i++) {
      meter.read(
          PooledByteBufAllocator.DEFAULT.directBuffer(PIECE_BYTES).writeBytes(letters), this::take);
      assertThat(forwardedBytes).isGreaterThanOrEqualTo((i + 1L) * PIECE_BYTES);
    }
    read(meter, "\"}" + END);
    meter.end(this::take);

    Tally tally = meter.tally();
    assertThat(tally.reported()).hasToString("{input=3, output=2}");
    assertThat(tally.delivered().bytes()).as("told again, not produced again").isEqualTo(2);
  }

  @Test
  void textThatOnlyComesAsAWhole_isKeptOnlySoFar() {
    AnswerMeter meter = meter();
    byte[] letters = new byte[PIECE_BYTES];
    Arrays.fill(letters, (byte) 'x');

    read(meter, completed("{\"text\":\""));
    for (int i = 0; i < PIECES; i++) {
      meter.read(Unpooled.wrappedBuffer(letters), this::take);
    }
    meter.end(this::take);

    Tally tally = meter.tally();
    assertThat(tally.delivered().bytes()).isEqualTo((long) PIECES * PIECE_BYTES);
    assertThat(tally.delivered().sample()).hasSize(SETTINGS.sampleBytesMax());
  }

  @Test
  void aMillionTinyEvents_areAllCounted() {
    AnswerMeter meter = meter();
    byte[] event = delta("a").getBytes(UTF_8);
    for (int i = 0; i < 1_000_000; i++) {
      meter.read(Unpooled.wrappedBuffer(event), this::take);
    }
    read(meter, completed("") + END);
    meter.end(this::take);

    assertThat(meter.tally().delivered().bytes()).isEqualTo(1_000_000);
    assertThat(meter.tally().reported()).hasToString("{input=3, output=2}");
  }

  @Test
  void soundOf64MiB_isNoTextAndLeavesTheTextBeforeIt() {
    AnswerMeter meter = meter();
    byte[] base64 = new byte[PIECE_BYTES];
    Arrays.fill(base64, (byte) 'A');

    read(meter, delta("Hi") + "data: {\"delta\":\"");
    for (int i = 0; i < PIECES; i++) {
      meter.read(Unpooled.wrappedBuffer(base64), this::take);
    }
    read(meter, "\",\"type\":\"response.audio.delta\"}\n\n" + delta("!"));
    meter.end(this::take);

    Tally tally = meter.tally();
    assertThat(new String(tally.delivered().sample(), UTF_8)).isEqualTo("Hi!");
    assertThat(tally.delivered().bytes()).isEqualTo(3);
  }
}
