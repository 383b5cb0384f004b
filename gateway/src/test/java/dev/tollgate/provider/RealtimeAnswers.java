package dev.tollgate.provider;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * OpenAI's Realtime API as it should be answered: every {@code response.create} gets a response
 * with some deltas, and a usage that is noted here.
 */
public final class RealtimeAnswers {
  public static final String MODEL = "toll-realtime";

  /** Odd on purpose. */
  public static final TestPrice PRICE =
      new TestPrice("4.13", "16.71", "0.41", "4.13", "4.13")
          .withTokens("audio_input", "32.9")
          .withTokens("audio_output", "64.7")
          .withTokens("image_input", "5.03");

  private static final int CONTEXT_TOKENS = 32_000;
  private static final int OUTPUT_TOKENS_MAX = 4_096;

  /** All of the context at the dearest input price, all of the output at the dearest of those. */
  public static final long HELD_NANO_USD = CONTEXT_TOKENS * 32_900L + OUTPUT_TOKENS_MAX * 64_700L;

  private final RandomGenerator random;
  private final AtomicInteger responses = new AtomicInteger();
  private final List<ServedUsage> served = new CopyOnWriteArrayList<>();

  /**
   * @param seed of the usages
   */
  public RealtimeAnswers(long seed) {
    random = RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
  }

  /** The model on a rate card, as lines of YAML. */
  public static String yaml(String provider) {
    return """
    %s:
      targets: [ { provider: %s, model: %s } ]
      prices: { input: 4.13, output: 16.71, cache_read: 0.41, audio_input: 32.9, audio_output: 64.7, image_input: 5.03 }
      max_output_tokens: %d
      context_tokens: %d
    """
        .formatted(MODEL, provider, MODEL, OUTPUT_TOKENS_MAX, CONTEXT_TOKENS);
  }

  /** What has been reported, in order. */
  public List<ServedUsage> served() {
    return served;
  }

  /** What all of that costs, each response by itself. */
  public long costNanoUsd() {
    return served.stream().mapToLong(PRICE::costNanoUsd).sum();
  }

  /** Answers until the other side closes. */
  public Script script() {
    return Script.socket(this::talk);
  }

  private void talk(ProviderSocket socket) throws java.io.IOException, InterruptedException {
    socket.send("{\"type\":\"session.created\",\"session\":{\"type\":\"realtime\"}}");
    for (String said = socket.message(); said != null; said = socket.message()) {
      if (said.contains("\"response.create\"")) {
        respond(socket);
      }
    }
  }

  /** One whole response. */
  public void respond(ProviderSocket socket) throws java.io.IOException, InterruptedException {
    String id = begin(socket);
    socket.send(delta(id, "Hello"));
    socket.send(
        "{\"type\":\"response.output_audio.delta\",\"response_id\":\"%s\",\"delta\":\"%s\"}"
            .formatted(id, "QUJD".repeat(200)));
    socket.send(done(id, draw()));
  }

  /** The beginning of one; gives its id. */
  public String begin(ProviderSocket socket) throws java.io.IOException, InterruptedException {
    String id = "resp_" + responses.incrementAndGet();
    socket.send(
        "{\"type\":\"response.created\",\"response\":{\"id\":\"%s\",\"status\":\"in_progress\",\"usage\":null}}"
            .formatted(id));
    return id;
  }

  public static String delta(String id, String text) {
    return "{\"type\":\"response.output_text.delta\",\"event_id\":\"e\",\"response_id\":\"%s\",\"delta\":\"%s\"}"
        .formatted(id, text);
  }

  /** A usage to report. */
  public synchronized ServedUsage draw() {
    ServedUsage usage =
        new ServedUsage(random.nextInt(1, 900), random.nextInt(500), 0, 0, random.nextInt(300), 0)
            .with("audio_input", random.nextInt(700))
            .with("audio_output", random.nextInt(1, 700));
    return usage;
  }

  /** The end of one, with what it says of itself, which is noted. */
  public String done(String id, ServedUsage usage) {
    return done(id, "completed", usage);
  }

  public String done(String id, String status, ServedUsage usage) {
    served.add(usage);
    long audioIn = usage.count("audio_input");
    long audioOut = usage.count("audio_output");
    long input = usage.freshInput() + usage.cacheRead() + audioIn;
    long output = usage.output() + audioOut;
    // half of what was cached is sound, which counts as cached, and no more as sound
    long cachedAudio = usage.cacheRead() / 2;
    return """
    {"type":"response.done","event_id":"e","response":{"object":"realtime.response","id":"%s","status":"%s","output":[],\
    "usage":{"total_tokens":%d,"input_tokens":%d,"output_tokens":%d,\
    "input_token_details":{"text_tokens":%d,"audio_tokens":%d,"image_tokens":0,"cached_tokens":%d,\
    "cached_tokens_details":{"text_tokens":%d,"audio_tokens":%d,"image_tokens":0}},\
    "output_token_details":{"text_tokens":%d,"audio_tokens":%d}}}}\
    """
        .formatted(
            id,
            status,
            input + output,
            input,
            output,
            usage.freshInput() + usage.cacheRead() - cachedAudio,
            audioIn + cachedAudio,
            usage.cacheRead(),
            usage.cacheRead() - cachedAudio,
            cachedAudio,
            usage.output(),
            audioOut);
  }
}
