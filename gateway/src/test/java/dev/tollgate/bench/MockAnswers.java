package dev.tollgate.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * The three answers of the mock provider, as bytes for the wire: rendered once, never released, and
 * written as duplicates.
 */
final class MockAnswers {
  private static final int EVENTS = 30;
  private static final String USAGE =
      "{\"prompt_tokens\":21,\"completion_tokens\":150,\"total_tokens\":171,"
          + "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
          + "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
          + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}";

  private static final ByteBuf JSON = fixed(json());
  private static final ByteBuf STREAM = fixed(stream(false));
  private static final ByteBuf STREAM_WITH_USAGE = fixed(stream(true));

  private MockAnswers() {}

  static ByteBuf answer(boolean isStreamed, boolean withUsage) {
    ByteBuf answer = !isStreamed ? JSON : withUsage ? STREAM_WITH_USAGE : STREAM;
    return answer.duplicate();
  }

  private static ByteBuf fixed(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    ByteBuf direct = Unpooled.directBuffer(bytes.length).writeBytes(bytes);
    return Unpooled.unreleasableBuffer(direct);
  }

  /** About 1 KiB of body. */
  private static String json() {
    String body =
        "{\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion\",\"created\":1770000000,"
            + "\"model\":\"bench-model\",\"choices\":[{\"index\":0,\"message\":{"
            + "\"role\":\"assistant\",\"content\":\""
            + "The toll is one coin. ".repeat(25)
            + "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":"
            + USAGE
            + ",\"service_tier\":\"default\"}";
    return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String stream(boolean withUsage) {
    StringBuilder answer = new StringBuilder("HTTP/1.1 200 OK\r\n");
    answer.append("content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
    String usage = withUsage ? ",\"usage\":null" : "";
    for (int i = 0; i < EVENTS; i++) {
      appendEvent(
          answer,
          "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" coin\"},\"finish_reason\":null}]"
              + usage);
    }
    appendEvent(
        answer, "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]" + usage);
    if (withUsage) {
      appendEvent(answer, "\"choices\":[],\"usage\":" + USAGE);
    }
    appendChunk(answer, "data: [DONE]\n\n");
    return answer.append("0\r\n\r\n").toString();
  }

  private static void appendEvent(StringBuilder answer, String rest) {
    appendChunk(
        answer,
        "data: {\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion.chunk\","
            + "\"created\":1770000000,\"model\":\"bench-model\","
            + rest
            + "}\n\n");
  }

  private static void appendChunk(StringBuilder answer, String chunk) {
    answer.append(Integer.toHexString(chunk.length())).append("\r\n").append(chunk).append("\r\n");
  }
}
