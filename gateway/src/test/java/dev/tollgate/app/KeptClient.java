package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Asks a gateway, with one key, for what providers keep. */
final class KeptClient {
  private static final String BOUNDARY = "----tollgate-test";

  private final GatewayForTests gateway;
  private final String key;

  KeptClient(GatewayForTests gateway, String key) {
    this.gateway = gateway;
    this.key = key;
  }

  String key() {
    return key;
  }

  /** The same key at another gateway. */
  KeptClient at(GatewayForTests other) {
    return new KeptClient(other, key);
  }

  RawAnswer call(String method, String path) throws IOException {
    try (RawClient client = gateway.connect()) {
      String[] fields = {"authorization", "Bearer " + key, "content-length", "0"};
      return client.request(method, path, fields).readAnswer();
    }
  }

  RawAnswer call(String method, String path, String json) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client.post(path, json, "authorization", "Bearer " + key).readAnswer();
    }
  }

  /** What a GET answers, which must be well. */
  JsonNode get(String path) throws IOException {
    return good(call("GET", path));
  }

  JsonNode post(String path, String json) throws IOException {
    return good(call("POST", path, json));
  }

  static JsonNode good(RawAnswer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.isWhole()).isTrue();
    return Json.parse(answer.body());
  }

  RawAnswer tryUpload(String purpose, String content) throws IOException {
    byte[] body =
        """
        --%1$s\r
        Content-Disposition: form-data; name="purpose"\r
        \r
        %2$s\r
        --%1$s\r
        Content-Disposition: form-data; name="file"; filename="input.jsonl"\r
        Content-Type: application/jsonl\r
        \r
        %3$s\r
        --%1$s--\r
        """
            .formatted(BOUNDARY, purpose, content)
            .getBytes(UTF_8);
    try (RawClient client = gateway.connect()) {
      return client
          .request(
              "POST",
              "/v1/files",
              "authorization",
              "Bearer " + key,
              "content-type",
              "multipart/form-data; boundary=" + BOUNDARY,
              "content-length",
              Integer.toString(body.length))
          .send(body)
          .readAnswer();
    }
  }

  /** The id of a new file. */
  String upload(String purpose, String content) throws IOException {
    return good(tryUpload(purpose, content)).path("id").asString("");
  }

  /** Requests for chats, one to a line, each with a cap of its output. */
  static String chats(int count, int tokensMax) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(
          """
          {"custom_id":"c%d","method":"POST","url":"/v1/chat/completions","body":{"model":"%s",\
          "max_tokens":%d,"messages":[{"role":"user","content":"What is toll number %d?"}]}}
          """
              .formatted(i, TestCard.CHAT, tokensMax, i));
    }
    return lines.toString();
  }

  static String batchOf(String file) {
    return """
    {"input_file_id":"%s","endpoint":"/v1/chat/completions","completion_window":"24h"}\
    """
        .formatted(file);
  }

  /** The id of a new batch of so many chats. */
  String batch(int chats) throws IOException {
    String file = upload("batch", chats(chats, 100));
    return post("/v1/batches", batchOf(file)).path("id").asString("");
  }

  /** The ids on a list, page by page, as an SDK reads it. */
  List<String> listed(String path, int limit) throws IOException {
    List<String> ids = new ArrayList<>();
    String after = "";
    for (int pages = 0; pages < 100; pages++) {
      char joint = path.indexOf('?') < 0 ? '?' : '&';
      JsonNode page = get(path + joint + "limit=" + limit + after);
      page.path("data").forEach(object -> ids.add(object.path("id").asString("")));
      if (!page.path("has_more").asBoolean()) {
        return ids;
      }
      assertThat(page.path("last_id").asString("")).isEqualTo(ids.getLast());
      after = "&after=" + ids.getLast();
    }
    throw new AssertionError("a list without an end");
  }
}
