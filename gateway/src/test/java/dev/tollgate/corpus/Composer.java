package dev.tollgate.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes requests of passages, the same ones each time. Not for use by two threads. */
final class Composer {
  private static final long SEED = 20261126;
  private static final JsonMapper JSON = new JsonMapper();

  /** As Python clients send it. */
  private static final JsonMapper ESCAPING =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final List<String> systems = CorpusFiles.passages("system-prompts");
  private final List<String> replies = CorpusFiles.passages("replies");
  private final List<String> asides = CorpusFiles.passages("tiny");
  private final List<JsonNode> tools = list("tools.json");
  private final List<JsonNode> calls = list("tool-calls.json");
  private final List<CorpusRequest> requests = new ArrayList<>();
  private Random random = new Random(SEED);
  private String category = "";

  private static List<JsonNode> list(String file) {
    List<JsonNode> items = new ArrayList<>();
    JSON.readTree(CorpusFiles.text(CorpusFiles.root().resolve(file))).forEach(items::add);
    return items;
  }

  List<CorpusRequest> requests() {
    return List.copyOf(requests);
  }

  /** Three requests of each passage. */
  void passages(String itsCategory, String... files) {
    for (String file : files) {
      begin(itsCategory, file);
      List<String> passages = CorpusFiles.passages(file);
      for (int i = 0; i < passages.size(); i++) {
        String name = file + " " + i;
        addChat(name, passages.get(i));
        addMessages(name, passages.get(i));
        addEmbeddings(name, passages.get(i));
      }
    }
  }

  private void begin(String itsCategory, String seed) {
    category = itsCategory;
    random = new Random(SEED ^ seed.hashCode());
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private void addChat(String name, String passage) {
    ObjectNode body = JSON.createObjectNode().put("model", "gpt-4o");
    ArrayNode messages = body.putArray("messages");
    if (random.nextInt(3) == 0) {
      message(messages, "system", any(systems));
    }
    for (int turns = random.nextInt(2); turns > 0; turns--) {
      message(messages, "user", any(asides));
      message(messages, "assistant", any(replies));
    }
    message(messages, "user", passage);
    add(name + " in a chat", "/v1/chat/completions", body);
  }

  private static ObjectNode message(ArrayNode messages, String role, String text) {
    return messages.addObject().put("role", role).put("content", text);
  }

  private void addMessages(String name, String passage) {
    ObjectNode body = JSON.createObjectNode().put("model", "claude-sonnet-4").put("max_tokens", 99);
    if (random.nextInt(3) == 0) {
      body.put("system", any(systems));
    }
    ArrayNode messages = body.putArray("messages");
    text(message(messages, "user", "").putArray("content"), passage);
    for (int turns = random.nextInt(3); turns > 0; turns--) {
      message(messages, "assistant", any(replies));
      message(messages, "user", any(asides));
    }
    add(name + " in messages", "/v1/messages", body);
  }

  private static void text(ArrayNode content, String text) {
    content.addObject().put("type", "text").put("text", text);
  }

  /** Whole, or as its lines. */
  private void addEmbeddings(String name, String passage) {
    ObjectNode body = JSON.createObjectNode().put("model", "text-embedding-3-small");
    if (random.nextBoolean()) {
      body.put("input", passage);
    } else {
      ArrayNode input = body.putArray("input");
      passage.lines().filter(line -> !line.isBlank()).forEach(input::add);
    }
    add(name + " in embeddings", "/v1/embeddings", body);
  }

  /** Long chats of short turns. */
  void shortTurns(String itsCategory, int count) {
    begin(itsCategory, "short turns");
    for (int i = 0; i < count; i++) {
      ObjectNode body = JSON.createObjectNode().put("model", "gpt-4o");
      ArrayNode messages = body.putArray("messages");
      for (int turn = 4 + random.nextInt(30); turn >= 0; turn--) {
        message(messages, turn % 2 == 0 ? "user" : "assistant", any(asides));
      }
      boolean isChat = i % 2 == 0;
      add("short turns " + i, isChat ? "/v1/chat/completions" : "/v1/messages", body);
    }
  }

  /** Conversations that call tools, in both dialects. */
  void tools(String itsCategory, int count) {
    begin(itsCategory, "tools");
    for (int i = 0; i < count; i++) {
      boolean isChat = i % 2 == 0;
      ToolTalk talk = new ToolTalk(isChat, random.nextInt(1, 9), random.nextInt(4));
      add("tools " + i, isChat ? "/v1/chat/completions" : "/v1/messages", talk.body);
    }
  }

  /** One of these conversations. */
  private final class ToolTalk {
    private final ObjectNode body = JSON.createObjectNode().put("model", "m");
    private final boolean isChat;

    private ToolTalk(boolean isChat, int toolCount, int callCount) {
      this.isChat = isChat;
      ArrayNode offered = body.putArray("tools");
      for (int i = 0; i < toolCount; i++) {
        offered.add(definition(any(tools)));
      }
      ArrayNode messages = body.putArray("messages");
      message(messages, "user", any(CorpusFiles.passages("prose-english")));
      for (int i = 0; i < callCount; i++) {
        called(messages, any(calls), "%08x".formatted(random.nextInt()));
      }
      if (random.nextBoolean()) {
        message(messages, "assistant", any(replies));
        message(messages, "user", any(asides));
      }
    }

    private ObjectNode definition(JsonNode tool) {
      ObjectNode definition = JSON.createObjectNode();
      if (isChat) {
        definition.put("type", "function").set("function", tool);
        return definition;
      }
      definition.set("name", tool.get("name"));
      definition.set("description", tool.get("description"));
      definition.set("input_schema", tool.get("parameters"));
      return definition;
    }

    private void called(ArrayNode messages, JsonNode call, String id) {
      ObjectNode asking = messages.addObject().put("role", "assistant");
      String name = call.get("tool").asString();
      String result = call.get("result").asString();
      if (isChat) {
        asking.putNull("content");
        ObjectNode made = asking.putArray("tool_calls").addObject();
        made.put("id", "call_" + id).put("type", "function");
        made.putObject("function")
            .put("name", name)
            .put("arguments", call.get("arguments").toString());
        message(messages, "tool", result).put("tool_call_id", "call_" + id);
        return;
      }
      ObjectNode made = asking.putArray("content").addObject();
      made.put("type", "tool_use").put("id", "toolu_" + id).put("name", name);
      made.set("input", call.get("arguments"));
      ObjectNode back = messages.addObject().put("role", "user");
      ObjectNode got = back.putArray("content").addObject();
      got.put("type", "tool_result").put("tool_use_id", "toolu_" + id).put("content", result);
    }
  }

  /** Each image with a few words, in every detail and in both dialects. */
  void images(String itsCategory) {
    begin(itsCategory, "images");
    List<CorpusImage> images = CorpusImage.all();
    for (CorpusImage image : images) {
      for (String detail : new String[] {"", "low", "high"}) {
        addChatImages(image.name() + " " + detail, List.of(image.dataUrl()), detail);
      }
      addMessagesImages(image.name(), List.of(image));
    }
    for (int i = 0; i < 8; i++) {
      List<CorpusImage> several = List.of(any(images), any(images), any(images));
      addChatImages(
          "three images " + i, several.stream().map(CorpusImage::dataUrl).toList(), "auto");
      addMessagesImages("three images " + i, several);
      String url = "https://img.example/hill-" + (320 + 211 * i) + "x" + (240 + 170 * i) + ".jpg";
      addChatImages("linked " + i, List.of(url), i % 4 == 0 ? "low" : "");
    }
  }

  private void addChatImages(String name, List<String> urls, String detail) {
    ObjectNode body = JSON.createObjectNode().put("model", "gpt-4o");
    ArrayNode content = message(body.putArray("messages"), "user", "").putArray("content");
    text(content, any(asides));
    for (String url : urls) {
      ObjectNode image = content.addObject().put("type", "image_url").putObject("image_url");
      if (!detail.isEmpty() && random.nextBoolean()) {
        image.put("detail", detail).put("url", url);
      } else {
        image.put("url", url);
        if (!detail.isEmpty()) {
          image.put("detail", detail);
        }
      }
    }
    add(name + " in a chat", "/v1/chat/completions", body);
  }

  private void addMessagesImages(String name, List<CorpusImage> images) {
    ObjectNode body = JSON.createObjectNode().put("model", "claude-sonnet-4").put("max_tokens", 99);
    ArrayNode content = message(body.putArray("messages"), "user", "").putArray("content");
    for (CorpusImage image : images) {
      content
          .addObject()
          .put("type", "image")
          .putObject("source")
          .setAll(
              Map.of(
                  "type", JSON.valueToTree("base64"),
                  "media_type", JSON.valueToTree(image.mediaType()),
                  "data", JSON.valueToTree(image.base64())));
    }
    text(content, any(asides));
    add(name + " in messages", "/v1/messages", body);
  }

  private void add(String name, String path, JsonNode body) {
    String json =
        switch (random.nextInt(4)) {
          case 0 -> ESCAPING.writeValueAsString(body);
          case 1 -> body.toPrettyString();
          default -> body.toString();
        };
    requests.add(new CorpusRequest(category, name, path, json));
  }
}
