package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Refusal;
import dev.tollgate.metering.MeterSettings;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Uploads, in any cut: what they are for, how long they are, and what they ask for as a batch. */
class UploadReaderTest {
  private static final String TYPE = "multipart/form-data; boundary=XX";
  private static final Endpoint FILES =
      new Dialects("/topup", MeterSettings.DEFAULTS)
          .all().stream()
              .flatMap(dialect -> dialect.endpoints().stream())
              .filter(endpoint -> endpoint.path().equals("/v1/files"))
              .filter(endpoint -> endpoint.method().name().equals("POST"))
              .findFirst()
              .orElseThrow();

  private static String field(String name, String value) {
    return "--XX\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }

  private static String file(String content) {
    return "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n"
        + "Content-Type: application/jsonl\r\n\r\n"
        + content
        + "\r\n";
  }

  private static PromptReader.Result read(String body) {
    byte[] bytes = (body + "--XX--\r\n").getBytes(UTF_8);
    PromptReader whole = FILES.newPromptReader(new RequestHead(TYPE, Map.of()));
    whole.read(Unpooled.wrappedBuffer(bytes));
    PromptReader.Result result = whole.end();
    for (int cut = 1; cut < bytes.length; cut++) {
      PromptReader reader = FILES.newPromptReader(new RequestHead(TYPE, Map.of()));
      reader.read(Unpooled.wrappedBuffer(bytes, 0, cut));
      reader.read(Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut));
      assertThat(reader.end()).as("cut at " + cut).isEqualTo(result);
    }
    return result;
  }

  private static Upload understood(String body) {
    PromptReader.Result result = read(body);
    assertThat(result).isInstanceOf(PromptReader.Result.Understood.class);
    return Objects.requireNonNull(
        ((PromptReader.Result.Understood) result).prompt().keeping().upload());
  }

  private static BatchLines lines(String content) {
    return understood(field("purpose", "batch") + file(content)).batch();
  }

  private static Refusal.InvalidRequest refused(String body) {
    PromptReader.Result result = read(body);
    assertThat(result).isInstanceOf(PromptReader.Result.Refused.class);
    return ((PromptReader.Result.Refused) result).refusal();
  }

  @Test
  void upload_isOfItsPurposeAndLength_inWhateverOrder() {
    Upload upload = understood(file("0123456789") + field("purpose", "user_data"));

    assertThat(upload.purpose()).isEqualTo("user_data");
    assertThat(upload.bytes()).isEqualTo(10);
    assertThat(upload.batch().fault()).contains("Line 1");
    assertThat(understood(field("purpose", "x") + field("expires_after[anchor]", "y") + file("é")))
        .extracting(Upload::bytes)
        .isEqualTo(2L);
  }

  @Test
  void batchLines_areAddedUp() {
    String body = "{\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"m\"%s}}";
    String content =
        body.formatted(",\"max_tokens\":100")
            + "\r\n\n"
            + body.formatted(",\"max_tokens\":5,\"max_completion_tokens\":20,\"n\":3")
            + "\n"
            + body.formatted(",\"n\":2,\"max_tokens\":null")
            + "\n"
            + body.formatted(
                ",\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}}]}]");

    BatchLines lines = lines(content);

    assertThat(lines.fault()).isEmpty();
    assertThat(lines.lines()).isEqualTo(4);
    assertThat(lines.model()).isEqualTo("m");
    assertThat(lines.url()).isEqualTo("/v1/chat/completions");
    assertThat(lines.cappedTokens()).isEqualTo(100 + 3 * 20);
    assertThat(lines.uncappedAnswers()).isEqualTo(2 + 1);
    assertThat(lines.images()).isEqualTo(1);
    assertThat(lines.lineBytesMax()).isEqualTo(content.lines().toList().getLast().length());
  }

  @Test
  void batchLines_ofTokenIds_countThem() {
    String line = "{\"url\":\"/v1/embeddings\",\"body\":{\"model\":\"e\",\"input\":[[1,2],[3]]}}";

    assertThat(lines(line).tokenIds()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ | Line 1 is no JSON object",
        "{} x | Line 1 is no JSON object",
        "{\"body\":{\"model\":\"m\"}} | `url`",
        "{\"url\":\"u\",\"body\":{}} | `body.model`",
        "{\"url\":\"u\",\"url\":\"v\",\"body\":{\"model\":\"m\"}} | twice",
        "{\"url\":\"u\",\"Body\":{\"n\":9},\"body\":{\"model\":\"m\"}} | case is wrong",
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"n\":0}} | number of answers",
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"n\":129}} | number of answers",
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"max_tokens\":0}} | cap",
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"max_tokens\":1.5}} | cap",
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"max_tokens\":1e400}} | cap",
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"background\":true}} | `body.background`",
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"tools\":[{\"type\":\"web_search\"}]}} | tool",
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"web_search_options\":{}}} | web_search_options"
      })
  void batchLine_thatCannotBeSold_saysWhy(String line, String why) {
    assertThat(lines(line).fault()).contains(why);
  }

  @Test
  void batchLine_withFunctionsOnly_isFine() {
    String line =
        "{\"url\":\"u\",\"body\":{\"model\":\"m\",\"background\":false,"
            + "\"tools\":[{\"type\":\"function\"},{\"type\":\"custom\"}]}}";

    assertThat(lines(line).fault()).isEmpty();
  }

  @Test
  void fieldsThatAreMissing_orComeTwice_areRefused() {
    assertThat(refused(file("x")).param()).isEqualTo("purpose");
    assertThat(refused(field("purpose", "x")).param()).isEqualTo("file");
    assertThat(refused(file("x") + file("y") + field("purpose", "p")).message()).contains("twice");
    assertThat(refused(file("x") + field("purpose", "p") + field("purpose", "q")).message())
        .contains("twice");
    assertThat(refused(file("x") + field("Purpose", "p")).param()).isEqualTo("Purpose");
    assertThat(refused(file("x") + field("purpose", "p".repeat(65))).message())
        .contains("too long");
  }
}
