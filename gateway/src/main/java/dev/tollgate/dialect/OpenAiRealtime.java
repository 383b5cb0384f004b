package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** OpenAI's Realtime API over WebSocket: what its opening and its events say. */
public final class OpenAiRealtime {
  public static final String PATH = "/v1/realtime";

  /** The protocol that clients ask for by name, browsers for want of headers. */
  public static final String PROTOCOL = "realtime";

  /** The dialect of the providers that serve it. */
  public static final String DIALECT = "openai";

  /** What it is sold by. */
  public static final List<Set<Meter>> SOLD_BY =
      List.of(Set.of(Meter.INPUT, Meter.OUTPUT, Meter.AUDIO_INPUT, Meter.AUDIO_OUTPUT));

  public static final String RESPONSE_CREATE = "response.create";
  public static final String RESPONSE_CREATED = "response.created";
  public static final String RESPONSE_DONE = "response.done";
  public static final String ERROR = "error";

  private static final String KEY_PROTOCOL = "openai-insecure-api-key.";
  private static final String ORGANIZATION_PROTOCOL = "openai-organization.";
  private static final String PROJECT_PROTOCOL = "openai-project.";

  /** Events of the client that bring about no response, nor anything else that costs. */
  private static final Set<String> QUIET =
      Set.of(
          "session.update",
          "transcription_session.update",
          "input_audio_buffer.clear",
          "output_audio_buffer.clear",
          "conversation.item.create",
          "conversation.item.delete",
          "conversation.item.retrieve",
          "conversation.item.truncate",
          "response.cancel");

  private OpenAiRealtime() {}

  /** The key that a browser sends among the protocols that it asks for; null where it does not. */
  public static @Nullable String keyIn(List<String> protocols) {
    for (String protocol : protocols) {
      if (protocol.startsWith(KEY_PROTOCOL) && protocol.length() > KEY_PROTOCOL.length()) {
        return protocol.substring(KEY_PROTOCOL.length());
      }
    }
    return null;
  }

  /** Those that the provider may see: none that says who asks. */
  public static List<String> protocolsUpstream(List<String> protocols) {
    return protocols.stream()
        .filter(
            protocol ->
                !protocol.startsWith(KEY_PROTOCOL)
                    && !protocol.startsWith(ORGANIZATION_PROTOCOL)
                    && !protocol.startsWith(PROJECT_PROTOCOL))
        .toList();
  }

  /**
   * What is appended to the provider's base URL.
   *
   * @param model as the provider calls it
   * @param query as the client sent it, with the name that the client has for it
   */
  public static String upstreamPath(String model, @Nullable String query) {
    StringBuilder path = new StringBuilder("/realtime?model=");
    path.append(URLEncoder.encode(model, StandardCharsets.UTF_8));
    for (String pair : query == null ? new String[0] : query.split("&", -1)) {
      if (!pair.isEmpty() && !pair.equals("model") && !pair.startsWith("model=")) {
        path.append('&').append(pair);
      }
    }
    return path.toString();
  }

  /** Whether an event of the client may bring about a response. */
  public static boolean mayRespond(String type) {
    return !QUIET.contains(type);
  }

  /**
   * An error as an event.
   *
   * @param error as an answer has it: an object whose one member is the error
   */
  public static byte[] errorEvent(String eventId, byte[] error) {
    byte[] begin =
        ("{\"type\":\"error\",\"event_id\":\"" + eventId + "\",")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] event = new byte[begin.length + error.length - 1];
    System.arraycopy(begin, 0, event, 0, begin.length);
    System.arraycopy(error, 1, event, begin.length, error.length - 1);
    return event;
  }
}
