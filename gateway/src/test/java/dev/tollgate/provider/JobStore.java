package dev.tollgate.provider;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fine-tuning jobs of an OpenAI-style provider. They stay as they are until a test says how
 * they go on. Safe for use by any thread.
 */
public final class JobStore {
  private final FileStore files;
  private final Set<String> hidden = new HashSet<>();
  private final Set<String> hiddenOnce = new HashSet<>();
  private final Map<String, Integer> misses = new HashMap<>();
  private final Map<String, Integer> looks = new HashMap<>();
  private boolean isAway;
  private final Map<String, ObjectNode> jobs = Collections.synchronizedMap(new LinkedHashMap<>());

  JobStore(FileStore files) {
    this.files = files;
  }

  /** Whatever is asked of {@code /fine_tuning/jobs} and below. */
  synchronized Answer answer(ReceivedRequest request) {
    if (isAway) {
      return Answer.error(503, "{}");
    }
    String id = StoredJson.segment(request, 3);
    if (id.isEmpty()) {
      return request.head().method().equals("POST")
          ? create(request.json())
          : StoredJson.list(jobs.values());
    }
    ObjectNode job = hidden.contains(id) || hiddenOnce.remove(id) ? null : jobs.get(id);
    (job == null ? misses : looks).merge(id, 1, Integer::sum);
    if (job == null) {
      return StoredJson.unknown("job: " + id);
    }
    return switch (StoredJson.segment(request, 4)) {
      case "cancel" -> StoredJson.of(job.put("status", "cancelled").put("finished_at", 1));
      case "events", "checkpoints" ->
          StoredJson.list(List.of(StoredJson.JSON.createObjectNode().put("id", "ev_" + id)));
      default -> StoredJson.of(job);
    };
  }

  private Answer create(JsonNode request) {
    String id = StoredJson.nextId("ftjob-");
    ObjectNode job = StoredJson.JSON.createObjectNode();
    job.put("object", "fine_tuning.job").put("id", id);
    job.put("model", request.path("model").asString("")).put("created_at", StoredJson.now());
    job.put("training_file", request.path("training_file").asString(""));
    job.put("status", "queued").putNull("trained_tokens").putNull("fine_tuned_model");
    job.putNull("error").putNull("finished_at").putArray("result_files");
    jobs.put(id, job);
    return StoredJson.of(job);
  }

  private ObjectNode job(String id) {
    return Objects.requireNonNull(jobs.get(id), id);
  }

  public synchronized void begin(String id) {
    job(id).put("status", "running");
  }

  /** Its results are a file. */
  public synchronized void succeed(String id, long trainedTokens) {
    ObjectNode job = job(id);
    job.put("status", "succeeded").put("trained_tokens", trainedTokens).put("finished_at", 1);
    job.put("fine_tuned_model", "ft:" + job.path("model").asString(""));
    job.withArray("result_files")
        .add(files.add("results.csv", "fine-tune-results", "step,loss\n".getBytes(UTF_8)));
  }

  /** It is not known any more. */
  public synchronized void hide(String id) {
    hidden.add(id);
  }

  public synchronized void unhide(String id) {
    hidden.remove(id);
  }

  /** The next one who asks is told that it is not known. */
  public synchronized void hideOnce(String id) {
    hiddenOnce.add(id);
  }

  /** How many have been told that it is not known. */
  public synchronized int misses(String id) {
    return misses.getOrDefault(id, 0);
  }

  /** How many have been told how far it is. */
  public synchronized int looks(String id) {
    return looks.getOrDefault(id, 0);
  }

  /** Whether nothing that is asked is answered. */
  public synchronized void isAway(boolean away) {
    isAway = away;
  }

  public synchronized void fail(String id) {
    job(id).put("status", "failed");
  }

  /** The newest one's id. */
  public String last() {
    synchronized (jobs) {
      return List.copyOf(jobs.keySet()).getLast();
    }
  }

  public int count() {
    return jobs.size();
  }
}
