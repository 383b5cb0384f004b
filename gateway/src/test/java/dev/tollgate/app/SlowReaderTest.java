package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawClient;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A fast provider and a slow reader: what is between them stays within the watermarks. */
@ExtendWith(LeakWatch.class)
class SlowReaderTest {
  private static final int PIECE_BYTES = 1 << 20;
  private static final int PIECES = 1024;

  /** As much as is read at a crawl, so that all buffers on the way fill up. */
  private static final long SLOW_BYTES = 8L << 20;

  /** Watermarks, a read's worth and the allocator's chunks around them; far below an answer. */
  private static final long MEMORY_GROWTH_BYTES_MAX = 64L << 20;

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","stream":true,"max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  @Test
  void anAnswerOf1GiB_readSlowly_waitsAtTheProvider() throws Exception {
    byte[] comment = (":" + "x".repeat(PIECE_BYTES - 3) + "\n\n").getBytes(StandardCharsets.UTF_8);
    String usage =
        """
        data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20}}

        data: [DONE]

        """;
    Answer last =
        new Answer(
            200,
            "text/event-stream",
            true,
            "llama-3.3-70b",
            ServedUsage.of(10, 20),
            List.of(new Answer.Part(usage.getBytes(StandardCharsets.UTF_8), 20, true)));
    try (FakeProvider provider = FakeProvider.start(13);
        GatewayForTests gateway = GatewayForTests.start(provider)) {
      provider.on(
          "/chat/completions",
          request -> Script.of(last).start().repeat(comment, PIECES).rest().end());
      String key = gateway.createKey("1");
      try (RawClient client = gateway.connect(64 << 10)) {
        client.post("/v1/chat/completions", BODY, "authorization", "Bearer " + key);
        client.readHead();
        long before = usedDirectBytes();
        long most = 0;
        long read = 0;
        byte[] piece = client.readBody(PIECE_BYTES);
        while (piece.length > 0) {
          read += piece.length;
          if (read < SLOW_BYTES) {
            TimeUnit.MILLISECONDS.sleep(10);
          }
          most = Math.max(most, usedDirectBytes() - before);
          piece = client.readBody(PIECE_BYTES);
        }
        assertThat(read).isEqualTo((long) PIECES * PIECE_BYTES + "data: [DONE]\n\n".length());
        assertThat(most).isLessThan(MEMORY_GROWTH_BYTES_MAX);
      }
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(10 * 200 + 20 * 600);
      Served served = provider.account().await(1).getFirst();
      assertThat(served.isWhole()).isTrue();
    }
  }

  private static long usedDirectBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }
}
