package dev.tollgate.provider;

import dev.tollgate.testing.MessageHead;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A request as the provider got it.
 *
 * @param connection counts the provider's connections from 1
 * @param raw the bytes of its head and of its body, unchunked
 * @param body empty as long as it has not been read
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ReceivedRequest(int connection, MessageHead head, byte[] raw, byte[] body) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String MODELS = "/models/";

  /** One with that body, which nobody has sent by itself: it stands in a file. */
  static ReceivedRequest of(byte[] body) {
    MessageHead head = new MessageHead(new byte[0], "POST / HTTP/1.1", List.of());
    return new ReceivedRequest(0, head, new byte[0], body);
  }

  /** The target without its query, and without the {@code /v1} of the base URL. */
  public String path() {
    String target = head.target();
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    return path.startsWith("/v1/") ? path.substring(3) : path;
  }

  /** The body as a tree; a missing node where it is no JSON. */
  public JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (JacksonException noJson) {
      return JSON.missingNode();
    }
  }

  /** The bytes of all text in a prompt: strings that are, or lie in, a content or a text. */
  static long textBytes(JsonNode prompt) {
    if (prompt.isString()) {
      return prompt.stringValue().getBytes(StandardCharsets.UTF_8).length;
    }
    long bytes = 0;
    if (prompt.isArray()) {
      for (JsonNode part : prompt) {
        bytes += textBytes(part);
      }
      return bytes;
    }
    return prompt.isObject()
        ? textBytes(prompt.path("content")) + textBytes(prompt.path("text"))
        : 0;
  }

  /** The target's query; empty where there is none. */
  public String query() {
    int query = head.target().indexOf('?');
    return query < 0 ? "" : head.target().substring(query + 1);
  }

  /** The model that is asked for, by the body or by the path; empty where none is. */
  public String model() {
    String path = path();
    int colon = path.lastIndexOf(':');
    return path.startsWith(MODELS) && colon > 0
        ? path.substring(MODELS.length(), colon)
        : json().path("model").asString("");
  }

  /** What is to be done with the model that the path names: {@code :generateContent}; else it. */
  String act() {
    String path = path();
    return path.startsWith(MODELS) && path.contains(":")
        ? path.substring(path.lastIndexOf(':'))
        : path;
  }

  public boolean isStreamAsked() {
    return act().equals(":streamGenerateContent") || json().path("stream").asBoolean(false);
  }

  /** Head and body as text, to look for what must not be in it. */
  public String text() {
    return new String(raw, StandardCharsets.UTF_8);
  }
}
