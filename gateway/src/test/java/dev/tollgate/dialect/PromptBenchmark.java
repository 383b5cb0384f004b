package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.metering.MeterSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Prints how long one request takes to be read on one core: {@code mvn test-compile exec:java
 * -Dexec.classpathScope=test -Dexec.mainClass=dev.tollgate.dialect.PromptBenchmark}. No test: it
 * asserts nothing about time.
 */
public final class PromptBenchmark {
  /** Time on the processor, so that a busy machine does not blur the figures too much. */
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final int ROUNDS = 15;
  private static final long ROUND_BYTES = 96L * 1024 * 1024;

  private static final Endpoint CHAT = OpenAiChat.endpoint(MeterSettings.DEFAULTS);
  private static final RequestHead HEAD = new RequestHead("application/json", Map.of());

  private PromptBenchmark() {}

  public static void main(String[] arguments) {
    Map<String, byte[]> bodies = new LinkedHashMap<>();
    bodies.put("a word", chat("hi"));
    bodies.put("prose", chat(passages("prose-english")));
    bodies.put("code", chat(passages("code-java")));
    bodies.put("minified", chat(passages("code-minified")));
    bodies.put("numbers", chat(passages("numbers")));
    bodies.put("chinese", chat(passages("long-documents").replaceAll("[ -~]", "")));
    byte[] noise = new byte[768 * 1024];
    new Random(7).nextBytes(noise);
    bodies.put(
        "an image",
        chatOf(
            "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(noise)
                + "\"}}]"));
    double[][] nanos = new double[bodies.size()][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      int at = 0;
      for (byte[] body : bodies.values()) {
        nanos[at++][round] = nanosPerRequest(body);
      }
    }
    int at = 0;
    for (Map.Entry<String, byte[]> body : bodies.entrySet()) {
      double[] rounds = nanos[at++];
      Arrays.sort(rounds);
      double median = rounds[ROUNDS / 2];
      int bytes = body.getValue().length;
      System.out.printf(
          Locale.ROOT,
          "%-9s %8d bytes %10.0f ns (%.0f to %.0f) %6.0f MB/s%n",
          body.getKey(),
          bytes,
          median,
          rounds[0],
          rounds[ROUNDS - 1],
          bytes / median * 1e3);
    }
  }

  private static byte[] chat(String text) {
    String json = new String(JsonOutput.string(text), UTF_8);
    return chatOf(json);
  }

  private static byte[] chatOf(String content) {
    return ("{\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":"
            + content
            + "}]}")
        .getBytes(UTF_8);
  }

  private static String passages(String name) {
    String resource = "/corpus/passages/" + name + ".txt";
    try (InputStream file = PromptBenchmark.class.getResourceAsStream(resource)) {
      return new String(file.readAllBytes(), UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static double nanosPerRequest(byte[] body) {
    ByteBuf source = PooledByteBufAllocator.DEFAULT.directBuffer();
    source.writeBytes(body);
    long requests = Math.max(1, ROUND_BYTES / (body.length + 512));
    long start = THREADS.getCurrentThreadCpuTime();
    for (long i = 0; i < requests; i++) {
      PromptReader reader = CHAT.newPromptReader(HEAD);
      reader.read(source);
      if (reader.end() instanceof PromptReader.Result.Refused refused) {
        throw new IllegalStateException(refused.toString());
      }
    }
    long nanos = THREADS.getCurrentThreadCpuTime() - start;
    source.release();
    return (double) nanos / requests;
  }
}
