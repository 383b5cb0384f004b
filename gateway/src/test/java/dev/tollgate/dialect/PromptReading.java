package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Refusal;
import dev.tollgate.metering.Edit;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Splice;
import dev.tollgate.metering.TextWeigher;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reads bodies whole and cut at every offset, and finds that it makes no difference. */
final class PromptReading {
  private static final RequestHead HEAD = new RequestHead("application/json", Map.of());

  private final Endpoint endpoint;
  private final RequestHead head;

  private PromptReading(Endpoint endpoint, RequestHead head) {
    this.endpoint = endpoint;
    this.head = head;
  }

  /** The same, of requests with that head. */
  PromptReading with(RequestHead otherHead) {
    return new PromptReading(endpoint, otherHead);
  }

  static PromptReading of(String path) {
    return new PromptReading(
        new Dialects("/topup", MeterSettings.DEFAULTS)
            .all().stream()
                .flatMap(dialect -> dialect.endpoints().stream())
                .filter(endpoint -> endpoint.path().equals(path))
                .findFirst()
                .orElseThrow(),
        HEAD);
  }

  Prompt understood(String body) {
    PromptReader.Result result = read(body);
    assertThat(result).as(body).isInstanceOf(PromptReader.Result.Understood.class);
    return ((PromptReader.Result.Understood) result).prompt();
  }

  Refusal.InvalidRequest refused(String body) {
    PromptReader.Result result = read(body);
    assertThat(result).as(body).isInstanceOf(PromptReader.Result.Refused.class);
    return ((PromptReader.Result.Refused) result).refusal();
  }

  private PromptReader.Result read(String body) {
    byte[] bytes = body.getBytes(UTF_8);
    PromptReader whole = endpoint.newPromptReader(head);
    whole.read(Unpooled.wrappedBuffer(bytes));
    PromptReader.Result result = whole.end();
    for (int cut = 1; cut < Math.min(bytes.length, 2000); cut++) {
      PromptReader reader = endpoint.newPromptReader(head);
      reader.read(Unpooled.wrappedBuffer(bytes, 0, cut));
      reader.read(Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut));
      assertThat(comparable(reader.end())).as("cut at " + cut).isEqualTo(comparable(result));
    }
    return result;
  }

  /** Edits hold arrays, which are equal only to themselves. */
  private static String comparable(PromptReader.Result result) {
    return result instanceof PromptReader.Result.Understood understood
        ? understood.prompt().toString().replaceAll("Edit\\[.*?]]", "")
            + understood.prompt().usageEdits().stream().map(PromptReading::comparable).toList()
        : result.toString();
  }

  private static String comparable(Edit edit) {
    return edit.offset() + " " + edit.removedBytes() + " " + Arrays.toString(edit.inserted());
  }

  /**
   * What texts weigh, each of them a string of its own.
   *
   * @param jsonValues how many values there are whose syntax counts too
   */
  static long weight(int jsonValues, String... texts) {
    TextWeigher weigher = new TextWeigher();
    for (String text : texts) {
      byte[] bytes = text.getBytes(UTF_8);
      weigher.begin();
      weigher.add(bytes, 0, bytes.length);
    }
    weigher.addPlainBytes(5L * jsonValues);
    return weigher.plainBytes();
  }

  static String spliced(String body, List<Edit> edits) {
    ByteBuf spliced = Splice.apply(Unpooled.copiedBuffer(body, UTF_8), edits);
    String text = spliced.toString(UTF_8);
    spliced.release();
    return text;
  }
}
