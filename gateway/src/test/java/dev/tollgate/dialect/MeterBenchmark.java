package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.MeterSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Prints how fast a typical stream is counted on one core: {@code mvn test-compile exec:java
 * -Dexec.classpathScope=test -Dexec.mainClass=dev.tollgate.dialect.MeterBenchmark}. No test: it
 * asserts nothing about time.
 */
public final class MeterBenchmark {
  /** Time on the processor, so that a busy machine does not blur the figures too much. */
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final int PIECE_BYTES = 16 * 1024;
  private static final int ROUNDS = 8;
  private static final long ROUND_BYTES = 512L * 1024 * 1024;

  private static final Endpoint CHAT = OpenAiChat.endpoint(MeterSettings.DEFAULTS);

  private MeterBenchmark() {}

  public static void main(String[] arguments) {
    String plain = chunk("");
    String withNull = chunk(",\"usage\":null");
    for (int round = 0; round < ROUNDS; round++) {
      System.out.printf(
          Locale.ROOT,
          "pass-through: direct %5.0f MB/s, heap %5.0f MB/s; drop mode: no null key %5.0f MB/s,"
              + " a null key in each chunk %5.0f MB/s (%d-byte chunks)%n",
          megabytesPerSecond(plain, false, true),
          megabytesPerSecond(plain, false, false),
          megabytesPerSecond(plain, true, true),
          megabytesPerSecond(withNull, true, true),
          plain.length());
    }
  }

  private static String chunk(String usage) {
    return "data:"
               + " {\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion.chunk\","
               + "\"created\":1741570283,\"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\","
               + "\"system_fingerprint\":\"fp_fc9f1d7035\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
               + " tokens\"},\"logprobs\":null,\"finish_reason\":null}]"
        + usage
        + "}\n\n";
  }

  private static double megabytesPerSecond(String chunk, boolean drops, boolean isDirect) {
    byte[] events = chunk.repeat(PIECE_BYTES / chunk.length()).getBytes(UTF_8);
    PooledByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    ByteBuf source = isDirect ? allocator.directBuffer() : allocator.heapBuffer();
    source.writeBytes(events);
    AnswerMeter meter =
        CHAT.newAnswerMeter(new AnswerHead(200, "text/event-stream", ""), Variant.STANDARD, drops);
    Consumer<ByteBuf> release = ByteBuf::release;
    long rounds = ROUND_BYTES / events.length;
    long start = THREADS.getCurrentThreadCpuTime();
    for (long i = 0; i < rounds; i++) {
      meter.read(source.retainedDuplicate(), release);
    }
    meter.end(release);
    double seconds = (THREADS.getCurrentThreadCpuTime() - start) / 1e9;
    source.release();
    return rounds * events.length / seconds / 1e6;
  }
}
