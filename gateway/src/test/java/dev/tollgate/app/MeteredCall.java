package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.FormBody;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.testing.SoundFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A good call of a metered operation.
 *
 * @param contentType empty where there is no body
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MeteredCall(String method, String target, String contentType, byte[] body) {
  /** A machine that has much to do answers late. */
  private static final int SECONDS_MAX = 120;

  private static final String JSON = "application/json";
  private static final byte[] PICTURE = {(byte) 0x89, 'P', 'N', 'G'};
  private static final String EXAMPLE =
      "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}\n";

  /** What rates must stand on the card for jobs. */
  static final String RATES = "training: { toll-base: { per_mtok_epoch: 1 } }\n";

  /** Of every operation that is answered by its provider, with objects of that client. */
  static List<MeteredCall> all(KeptClient client) throws IOException {
    List<MeteredCall> calls = new ArrayList<>(ofModels());
    calls.addAll(ofObjects(client));
    return calls;
  }

  private static List<MeteredCall> ofModels() {
    List<MeteredCall> calls = new ArrayList<>();
    for (StormCall call : StormCall.all()) {
      calls.add(new MeteredCall("POST", call.path(), call.contentType(), call.body()));
    }
    calls.add(
        json(
            "/v2/rerank",
            "{\"model\":\"%s\",\"query\":\"a\",\"documents\":[\"a\",\"b\"]}"
                .formatted(TestCard.RERANK_UNITS)));
    calls.add(
        json(
            "/v1beta/models/%s:countTokens".formatted(TestCard.GEMINI),
            "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}]}"));
    calls.add(get("/v1/realtime?model=" + RealtimeAnswers.MODEL));
    calls.add(form("/v1/images/edits", picture().field("prompt", "A gate")));
    calls.add(form("/v1/images/variations", picture()));
    calls.add(
        form(
            "/v1/audio/translations",
            FormBody.usual()
                .file("file", "a.wav", "audio/wav", SoundFiles.wav(4_000, 8_000))
                .field("model", TestCard.WHISPER)));
    return calls;
  }

  private static FormBody picture() {
    return FormBody.usual()
        .file("image", "a.png", "image/png", PICTURE)
        .field("model", TestCard.PICTURE);
  }

  private static List<MeteredCall> ofObjects(KeptClient client) throws IOException {
    String file = client.upload("batch", KeptClient.chats(1, 100));
    String examples = client.upload("fine-tune", EXAMPLE.repeat(20));
    String job = "{\"model\":\"toll-base\",\"training_file\":\"%s\"}".formatted(examples);
    String files = "/v1/files/" + file;
    String batches = "/v1/batches/" + id(client, "/v1/batches", KeptClient.batchOf(file));
    String jobs = "/v1/fine_tuning/jobs/" + id(client, "/v1/fine_tuning/jobs", job);
    String responses = "/v1/responses/" + id(client, "/v1/responses", response(""));
    String later = "/v1/responses/" + id(client, "/v1/responses", response(",\"background\":true"));
    return List.of(
        form(
            "/v1/files",
            FormBody.usual()
                .field("purpose", "batch")
                .file("file", "a", "application/jsonl", KeptClient.chats(1, 10).getBytes(UTF_8))),
        get("/v1/files"),
        get(files),
        get(files + "/content"),
        json("/v1/batches", KeptClient.batchOf(file)),
        get("/v1/batches"),
        get(batches),
        json("/v1/fine_tuning/jobs", job),
        get("/v1/fine_tuning/jobs"),
        get(jobs),
        get(jobs + "/events"),
        get(jobs + "/checkpoints"),
        get(responses),
        get(responses + "/input_items"),
        bare("POST", batches + "/cancel"),
        bare("POST", jobs + "/cancel"),
        bare("POST", later + "/cancel"),
        bare("DELETE", responses),
        bare("DELETE", files));
  }

  private static String id(KeptClient client, String path, String json) throws IOException {
    return client.post(path, json).path("id").asString("");
  }

  private static String response(String more) {
    return "{\"model\":\"%s\",\"max_output_tokens\":60,\"store\":true,\"input\":\"a\"%s}"
        .formatted(TestCard.RESPONSE, more);
  }

  private static MeteredCall json(String target, String body) {
    return new MeteredCall("POST", target, JSON, body.getBytes(UTF_8));
  }

  private static MeteredCall form(String target, FormBody form) {
    return new MeteredCall("POST", target, form.contentType(), form.bytes());
  }

  private static MeteredCall get(String target) {
    return bare("GET", target);
  }

  private static MeteredCall bare(String method, String target) {
    return new MeteredCall(method, target, "", new byte[0]);
  }

  /** The same for a model, or an object, that there is not. */
  MeteredCall ofNobody() {
    String text = new String(body, ISO_8859_1).replaceAll("toll-[a-z-]+", "nobody");
    return new MeteredCall(
        method,
        target
            .replaceAll("toll-[a-z-]+", "nobody")
            .replaceFirst("/(file-|batch_|ftjob-|resp_)\\w+", "/$1nobody"),
        contentType,
        text.replaceAll("file-\\w+", "file-nobody").getBytes(ISO_8859_1));
  }

  RawAnswer ask(GatewayForTests gateway, String key) throws IOException {
    try (RawClient client = gateway.connect().waitingAtMost(SECONDS_MAX)) {
      return ask(client, "authorization", "Bearer " + key);
    }
  }

  /** Asks with further fields, whatever they do to it. */
  RawAnswer ask(RawClient client, String... fields) throws IOException {
    List<String> all = new ArrayList<>(List.of(fields));
    if (!contentType.isEmpty()) {
      all.addAll(List.of("content-type", contentType));
    }
    if (target.startsWith("/v1/realtime")) {
      all.addAll(List.of("connection", "Upgrade", "upgrade", "websocket"));
      all.addAll(List.of("sec-websocket-version", "13"));
      all.addAll(List.of("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="));
    }
    all.addAll(List.of("content-length", Integer.toString(body.length)));
    return client.request(method, target, all.toArray(String[]::new)).send(body).readAnswer();
  }
}
