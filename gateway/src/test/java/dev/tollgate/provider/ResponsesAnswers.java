package dev.tollgate.provider;

import dev.tollgate.provider.Answer.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers of OpenAI's responses, made from the request: thoughts, then searches if it may search,
 * then a call of its first function, or a message. Safe for use by any thread.
 */
public final class ResponsesAnswers {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long CREATED = 1_770_000_000L;
  private static final long CAP_DEFAULT = 999;
  private static final int SEARCHES_MOST = 3;
  static final String SEARCH = "web_search";

  private final TokenDraw draw;
  private final @Nullable ServedUsage fixedUsage;

  public ResponsesAnswers(long seed) {
    this(new TokenDraw(seed), null);
  }

  private ResponsesAnswers(TokenDraw draw, @Nullable ServedUsage fixedUsage) {
    this.draw = draw;
    this.fixedUsage = fixedUsage;
  }

  /**
   * The same, with this usage for every request; it writes no caches of five minutes or an hour.
   */
  public ResponsesAnswers reporting(ServedUsage usage) {
    return new ResponsesAnswers(draw, usage);
  }

  /** A response, streamed if asked for; one in the background is only promised, unless streamed. */
  public Answer responses(ReceivedRequest received) {
    JsonNode request = received.json();
    SplittableRandom random = draw.next();
    long cap = request.path("max_output_tokens").asLong(CAP_DEFAULT);
    ServedUsage usage = fixedUsage != null ? fixedUsage : drawUsage(random, request, cap);
    boolean isPromised = request.path("background").asBoolean(false) && !received.isStreamAsked();
    Draft draft = new Draft(request, random, usage, usage.output() >= cap);
    return isPromised ? draft.promise() : received.isStreamAsked() ? draft.stream() : draft.whole();
  }

  private static ServedUsage drawUsage(SplittableRandom random, JsonNode request, long cap) {
    long textBytes =
        ReceivedRequest.textBytes(request.path("input"))
            + ReceivedRequest.textBytes(request.path("instructions"));
    long prompt = TokenDraw.promptTokens(textBytes, Math.max(1, request.path("input").size()));
    long cached = TokenDraw.someOf(random, prompt);
    long output = TokenDraw.outputTokens(random, cap);
    long searches = hasTool(request, SEARCH) ? random.nextInt(SEARCHES_MOST + 1) : 0;
    return new ServedUsage(
            prompt - cached, cached, 0, 0, output, TokenDraw.someOf(random, output / 2))
        .with(SEARCH, searches);
  }

  private static boolean hasTool(JsonNode request, String type) {
    return request
        .path("tools")
        .valueStream()
        .anyMatch(tool -> tool.path("type").asString("").equals(type));
  }

  /** One response while it is written. */
  private static final class Draft {
    private final JsonNode request;
    private final SplittableRandom random;
    private final ServedUsage usage;
    private final boolean isCut;
    private final String id;
    private final List<Part> parts = new ArrayList<>();
    private final List<ObjectNode> output = new ArrayList<>();
    private int sequence;

    private Draft(JsonNode request, SplittableRandom random, ServedUsage usage, boolean isCut) {
      this.request = request;
      this.random = random;
      this.usage = usage;
      this.isCut = isCut;
      this.id = newId("resp_");
    }

    private String newId(String prefix) {
      return prefix + Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    }

    private Answer promise() {
      ObjectNode promise = response("queued", false).put("background", true);
      return answer(false, ServedUsage.NONE, List.of(Part.of(promise.toString(), 0, false)));
    }

    private Answer whole() {
      write();
      ObjectNode whole = response(isCut ? "incomplete" : "completed", true);
      long visible = usage.output() - usage.reasoning();
      return answer(false, usage, List.of(Part.of(whole.toString(), visible, true)));
    }

    private Answer stream() {
      about("response.created", response("in_progress", false), false);
      about("response.in_progress", response("in_progress", false), false);
      write();
      String status = isCut ? "incomplete" : "completed";
      about("response." + status, response(status, true), true);
      return answer(true, usage, parts);
    }

    private Answer answer(boolean isStreamed, ServedUsage worth, List<Part> body) {
      String contentType = isStreamed ? "text/event-stream; charset=utf-8" : "application/json";
      String model = request.path("model").asString("");
      return new Answer(200, contentType, isStreamed, model, worth, body);
    }

    /** All items, each with its events. */
    private void write() {
      if (usage.reasoning() > 0) {
        thoughts();
      }
      for (long i = 0; i < usage.count(SEARCH); i++) {
        search();
      }
      if (hasTool(request, "function")) {
        functionCall();
      } else {
        message();
      }
    }

    private void thoughts() {
      ObjectNode item = item("reasoning", "rs_");
      item.putArray("summary");
      added(item);
      ObjectNode part = JSON.createObjectNode().put("type", "summary_text").put("text", "I think.");
      ObjectNode delta = inItem(item).put("summary_index", 0).put("delta", "I think.");
      event("response.reasoning_summary_text.delta", delta, 0, false);
      item.withArray("summary").add(part);
      done(item);
    }

    private void search() {
      ObjectNode item = item("web_search_call", "ws_").put("status", "in_progress");
      added(item);
      event("response.web_search_call.completed", inItem(item), 0, false);
      item.put("status", "completed");
      item.putObject("action").put("type", "search").put("query", "toll");
      done(item);
    }

    private void functionCall() {
      ObjectNode item = item("function_call", "fc_").put("status", "in_progress");
      item.put("call_id", newId("call_")).put("name", functionName()).put("arguments", "");
      added(item);
      String arguments =
          JSON.createObjectNode().put("gate", TokenDraw.text(random, visible())).toString();
      int middle =
          arguments.offsetByCodePoints(0, arguments.codePointCount(0, arguments.length()) / 2);
      String type = "response.function_call_arguments.delta";
      event(type, inItem(item).put("delta", arguments.substring(0, middle)), 0, false);
      event(type, inItem(item).put("delta", arguments.substring(middle)), visible(), false);
      event(
          "response.function_call_arguments.done",
          inItem(item).put("arguments", arguments),
          0,
          false);
      done(item.put("arguments", arguments).put("status", "completed"));
    }

    private String functionName() {
      return request
          .path("tools")
          .valueStream()
          .filter(tool -> tool.path("type").asString("").equals("function"))
          .findFirst()
          .map(tool -> tool.path("name").asString(""))
          .orElse("");
    }

    private void message() {
      ObjectNode item =
          item("message", "msg_").put("status", "in_progress").put("role", "assistant");
      item.putArray("content");
      added(item);
      event("response.content_part.added", inContent(item).set("part", textPart("")), 0, false);
      String text = isJsonAsked() ? json() : "";
      long left = visible();
      if (!text.isEmpty()) {
        delta(item, text, left);
        left = 0;
      }
      while (left > 0) {
        long tokens = Math.min(left, 1 + random.nextInt(3));
        String piece = TokenDraw.text(random, tokens);
        delta(item, piece, tokens);
        text += piece;
        left -= tokens;
      }
      event(
          "response.output_text.done",
          inContent(item).put("text", text).set("logprobs", JSON.createArrayNode()),
          0,
          false);
      event("response.content_part.done", inContent(item).set("part", textPart(text)), 0, false);
      item.withArray("content").add(textPart(text));
      done(item.put("status", isCut ? "incomplete" : "completed"));
    }

    private void delta(ObjectNode item, String text, long tokens) {
      ObjectNode delta = inContent(item).put("delta", text);
      delta.putArray("logprobs");
      event("response.output_text.delta", delta, tokens, false);
    }

    private boolean isJsonAsked() {
      return request.path("text").path("format").path("type").asString("").equals("json_schema");
    }

    /** Of the one schema that tests ask for. */
    private String json() {
      return JSON.createObjectNode()
          .put("gate", TokenDraw.text(random, visible()))
          .put("pence", 3)
          .toString();
    }

    private long visible() {
      return usage.output() - usage.reasoning();
    }

    private ObjectNode item(String type, String prefix) {
      return JSON.createObjectNode().put("type", type).put("id", newId(prefix));
    }

    private static ObjectNode textPart(String text) {
      ObjectNode part = JSON.createObjectNode().put("type", "output_text").put("text", text);
      part.putArray("annotations");
      part.putArray("logprobs");
      return part;
    }

    private ObjectNode inItem(ObjectNode item) {
      return JSON.createObjectNode()
          .put("item_id", item.path("id").asString(""))
          .put("output_index", output.size());
    }

    private ObjectNode inContent(ObjectNode item) {
      return inItem(item).put("content_index", 0);
    }

    private void added(ObjectNode item) {
      ObjectNode data = JSON.createObjectNode().put("output_index", output.size());
      event("response.output_item.added", data.set("item", item.deepCopy()), 0, false);
    }

    private void done(ObjectNode item) {
      ObjectNode data = JSON.createObjectNode().put("output_index", output.size());
      event("response.output_item.done", data.set("item", item), 0, false);
      output.add(item);
    }

    private void about(String type, ObjectNode response, boolean carriesUsage) {
      event(type, JSON.createObjectNode().set("response", response), 0, carriesUsage);
    }

    private void event(String type, JsonNode fields, long tokens, boolean carriesUsage) {
      ObjectNode data =
          JSON.createObjectNode().put("type", type).put("sequence_number", sequence++);
      data.setAll((ObjectNode) fields);
      parts.add(Part.of("event: " + type + "\ndata: " + data + "\n\n", tokens, carriesUsage));
    }

    private ObjectNode response(String status, boolean isOver) {
      ObjectNode response = JSON.createObjectNode().put("id", id).put("object", "response");
      response.put("created_at", CREATED).put("status", status).putNull("error");
      if (status.equals("incomplete")) {
        response.putObject("incomplete_details").put("reason", "max_output_tokens");
      } else {
        response.putNull("incomplete_details");
      }
      response.putNull("instructions").putObject("metadata");
      response.put("model", request.path("model").asString("")).put("parallel_tool_calls", true);
      response
          .put("service_tier", isOver ? "default" : "auto")
          .put("temperature", 1.0)
          .put("top_p", 1.0);
      response.put("tool_choice", "auto").set("tools", JSON.createArrayNode());
      if (isOver) {
        output.forEach(item -> response.withArray("output").add(item));
        response.set("usage", usageNode());
      } else {
        response.putArray("output");
        response.putNull("usage");
      }
      return response;
    }

    private ObjectNode usageNode() {
      ObjectNode node = JSON.createObjectNode().put("input_tokens", usage.input());
      node.putObject("input_tokens_details")
          .put("cached_tokens", usage.cacheRead())
          .put("cache_write_tokens", 0);
      node.put("output_tokens", usage.output());
      node.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoning());
      return node.put("total_tokens", usage.input() + usage.output());
    }
  }
}
