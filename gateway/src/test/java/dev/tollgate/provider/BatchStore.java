package dev.tollgate.provider;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The batches of an OpenAI-style provider. They stay as they are until a test says how they go on.
 * Safe for use by any thread.
 */
public final class BatchStore {
  private final FileStore files;
  private final OpenAiAnswers openAi;
  private final Map<String, ObjectNode> batches =
      Collections.synchronizedMap(new LinkedHashMap<>());
  private final Map<String, ServedUsage> usages =
      Collections.synchronizedMap(new LinkedHashMap<>());
  private volatile boolean reportsUsage = true;

  BatchStore(FileStore files, OpenAiAnswers openAi) {
    this.files = files;
    this.openAi = openAi;
  }

  /** Whether batches say what they have used, as most providers' do not. */
  public void reportsUsage(boolean does) {
    reportsUsage = does;
  }

  /** Whatever is asked of {@code /batches} and below. */
  synchronized Answer answer(ReceivedRequest request) {
    String id = StoredJson.segment(request, 2);
    if (id.isEmpty()) {
      return request.head().method().equals("POST")
          ? create(request.json())
          : StoredJson.list(batches.values());
    }
    ObjectNode batch = batches.get(id);
    if (batch == null) {
      return StoredJson.unknown("batch: " + id);
    }
    if (StoredJson.segment(request, 3).equals("cancel")) {
      batch.put("status", "cancelling");
    }
    return StoredJson.of(batch);
  }

  private Answer create(JsonNode request) {
    String file = request.path("input_file_id").asString("");
    if (files.content(file) == null) {
      return StoredJson.unknown("File object: " + file);
    }
    String id = StoredJson.nextId("batch_");
    ObjectNode batch = StoredJson.JSON.createObjectNode();
    batch.put("id", id).put("object", "batch");
    batch.put("endpoint", request.path("endpoint").asString("")).putNull("errors");
    batch.put("input_file_id", file);
    batch.put("completion_window", "24h").put("status", "validating");
    batch.putNull("output_file_id").putNull("error_file_id");
    batch.put("created_at", StoredJson.now());
    batch.putObject("request_counts").put("total", 0).put("completed", 0).put("failed", 0);
    batch.putNull("usage").putNull("metadata");
    batches.put(id, batch);
    return StoredJson.of(batch);
  }

  private ObjectNode batch(String id) {
    return Objects.requireNonNull(batches.get(id), id);
  }

  private List<JsonNode> lines(String id) {
    byte[] input = files.content(batch(id).path("input_file_id").asString(""));
    List<JsonNode> lines = new ArrayList<>();
    new String(Objects.requireNonNull(input), UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .forEach(line -> lines.add(StoredJson.JSON.readTree(line)));
    return lines;
  }

  /** It has begun, and says that it has used nothing yet. */
  public synchronized void begin(String id) {
    batch(id).put("status", "in_progress");
    count(id, 0);
  }

  /** All its requests have been answered. */
  public synchronized void complete(String id) {
    end(id, "completed", lines(id).size());
  }

  /** So many of its requests have been answered when its time was over. */
  public synchronized void expire(String id, int done) {
    end(id, "expired", done);
  }

  public synchronized void cancel(String id, int done) {
    end(id, "cancelled", done);
  }

  /** Its file was no good. */
  public synchronized void fail(String id) {
    batch(id).put("status", "failed").putObject("errors").put("object", "list");
  }

  private void end(String id, String status, int done) {
    ObjectNode batch = batch(id);
    List<JsonNode> lines = lines(id);
    StringBuilder output = new StringBuilder();
    ServedUsage usage = ServedUsage.NONE;
    for (JsonNode line : lines.subList(0, done)) {
      Answer answer = answerTo(line);
      usage = usage.plus(answer.usage());
      ObjectNode result = StoredJson.JSON.createObjectNode();
      result.set("custom_id", line.path("custom_id"));
      result.putObject("response").put("status_code", 200).set("body", tree(answer));
      output.append(result).append('\n');
    }
    usages.put(id, usage);
    count(id, done);
    batch.put("status", status);
    batch.put("model", lines.getFirst().path("body").path("model").asString(""));
    if (done > 0) {
      batch.put("output_file_id", files.add("output.jsonl", "batch_output", utf8(output)));
    }
    if (done < lines.size()) {
      batch.put("error_file_id", files.add("errors.jsonl", "batch_output", utf8("{}\n")));
    }
    if (reportsUsage) {
      batch.set("usage", usageNode(usage));
    }
  }

  private static byte[] utf8(CharSequence text) {
    return text.toString().getBytes(UTF_8);
  }

  private Answer answerTo(JsonNode line) {
    byte[] body = utf8(line.path("body").toString());
    ReceivedRequest request = ReceivedRequest.of(body);
    return line.path("url").asString("").equals("/v1/embeddings")
        ? openAi.embeddings(request)
        : openAi.chat(request);
  }

  private static JsonNode tree(Answer answer) {
    return StoredJson.JSON.readTree(answer.body());
  }

  private void count(String id, int done) {
    int total = lines(id).size();
    batch(id)
        .putObject("request_counts")
        .put("total", total)
        .put("completed", done)
        .put("failed", 0);
  }

  private static ObjectNode usageNode(ServedUsage usage) {
    ObjectNode node = StoredJson.JSON.createObjectNode();
    node.put("input_tokens", usage.input()).put("output_tokens", usage.output());
    node.put("total_tokens", usage.input() + usage.output());
    node.putObject("input_tokens_details").put("cached_tokens", usage.cacheRead());
    node.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoning());
    return node;
  }

  /** The file with its answers. */
  public synchronized String outputOf(String id) {
    return batch(id).path("output_file_id").asString("");
  }

  /** What all its answers are worth; nothing while it has not ended. */
  public ServedUsage usage(String id) {
    return usages.getOrDefault(id, ServedUsage.NONE);
  }

  /** What all batches have used that have ended. */
  public ServedUsage usage() {
    synchronized (usages) {
      return usages.values().stream().reduce(ServedUsage.NONE, ServedUsage::plus);
    }
  }

  /** The newest one's id. */
  public String last() {
    synchronized (batches) {
      return List.copyOf(batches.keySet()).getLast();
    }
  }

  public int count() {
    return batches.size();
  }
}
