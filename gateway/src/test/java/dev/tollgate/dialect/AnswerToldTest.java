package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Usage;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.MeterSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From which byte on an answer can be told from an error. */
class AnswerToldTest {
  private static final Dialects DIALECTS = new Dialects("/topup", MeterSettings.DEFAULTS);

  private static AnswerMeter meter(String path, String contentType, String encoding) {
    return DIALECTS.all().stream()
        .flatMap(dialect -> dialect.endpoints().stream())
        .filter(endpoint -> endpoint.path().equals(path))
        .findFirst()
        .orElseThrow()
        .newAnswerMeter(new AnswerHead(200, contentType, encoding), Variant.STANDARD, false);
  }

  private static void read(AnswerMeter meter, String text) {
    meter.read(Unpooled.copiedBuffer(text, UTF_8), ByteBuf::release);
  }

  /** What comes before, and does not tell; and the event that does. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/v1/chat/completions | `: hi` | `data:"
            + " {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}`",
        "/v1/chat/completions | `data: {\"choices\":[],\"prompt_filter_results\":[]}` |"
            + " `data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}`",
        "/v1/chat/completions | `: hi` | `data: {\"error\":{\"message\":\"no\"}}`",
        "/v1/messages | `event: ping` | `data: {\"message\":{\"usage\":{\"input_tokens\":5}}}`",
        "/v1/messages | `event: ping` | `data: {\"type\":\"error\",\"error\":{}}`",
        "/v1/responses | `data:"
            + " {\"type\":\"response.created\",\"response\":{\"usage\":null,\"output\":[],\"error\":null,\"tool_usage\":{\"web_search\":{\"num_requests\":0}}}}`"
            + " | `data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}`",
        "/v1/responses | `data:"
            + " {\"type\":\"response.output_item.added\",\"item\":{\"name\":\"f\"}}` | `data:"
            + " {\"type\":\"error\",\"message\":\"no\"}`",
        "/v1/images/generations | `: hi` | `data:"
            + " {\"type\":\"image_generation.partial_image\",\"b64_json\":\"iVBO\"}`",
        "/v1/images/edits | `: hi` | `data: {\"type\":\"image_edit.completed\"}`",
        "/v1/audio/speech | `: hi` | `data: {\"type\":\"speech.audio.delta\",\"audio\":\"SUQz\"}`",
        "/v1/audio/transcriptions | `: hi` | `data:"
            + " {\"type\":\"transcript.text.delta\",\"delta\":\"a\"}`",
      })
  void aStream_isTold_byItsFirstEventThatMeansAnything(String path, String before, String event) {
    AnswerMeter meter = meter(path, "text/event-stream", "");

    read(meter, before + "\n\n" + before + "\n\n");
    assertThat(meter.isTold()).isFalse();
    read(meter, event + "\n");
    assertThat(meter.isTold()).as("its blank line has not come").isFalse();
    read(meter, "\n");
    assertThat(meter.isTold()).isTrue();
    meter.discard();
  }

  @Test
  void aBody_isToldWhenItIsWhole() {
    AnswerMeter meter = meter("/v1/chat/completions", "text/event-stream", "");

    read(meter, "\n\n{\"error\":{\"message\":\"no\"}}");
    assertThat(meter.isTold()).isFalse();
    meter.end(ByteBuf::release);

    assertThat(meter.isTold()).isTrue();
    assertThat(meter.tally().isError()).isTrue();
  }

  @Test
  void aCompressedStream_isToldByWhatIsInIt() throws IOException {
    AnswerMeter meter = meter("/v1/chat/completions", "text/event-stream", "gzip");
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(packed)) {
      stream.write("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".getBytes(UTF_8));
    }

    assertThat(meter.isTold()).isFalse();
    meter.read(Unpooled.wrappedBuffer(packed.toByteArray()), ByteBuf::release);

    assertThat(meter.isTold()).isTrue();
    meter.discard();
  }

  @Test
  void anEncodingThatNobodyCanRead_countsAsTold() {
    AnswerMeter meter = meter("/v1/chat/completions", "text/event-stream", "br");

    assertThat(meter.isTold()).isTrue();
    assertThat(meter.tally().counted()).isEqualTo(Usage.NONE);
  }
}
