package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedStreams;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Streams through a provider's HTTP/2 to readers of very different speeds: the smaller sister of
 * {@link ManyReadersBenchmark}.
 */
@ExtendWith(LeakWatch.class)
class ManyReadersTest {
  private static final int OVER_HTTP_2 = 240;
  private static final int OVER_HTTP_1 = 60;
  private static final int STREAMS = OVER_HTTP_2 + OVER_HTTP_1;
  private static final long BYTES_MOST = 160 * 1024;
  private static final int WINDOW_BYTES = 32 * 1024;
  private static final long CLIENT_WINDOW_BYTES = 65_535;

  /** What may be kept of a piece is at most four times its bytes; and the allocator's chunks. */
  private static final long MEMORY_GROWTH_BYTES_MAX = 4L * STREAMS / 4 * WINDOW_BYTES + (24L << 20);

  @Test
  void readersOfAllSpeeds_getEveryByteInOrder_withinTheWindows() throws Exception {
    ConcurrentMap<Integer, Long> sent = new ConcurrentHashMap<>();
    try (ScriptedStreams server = ScriptedStreams.inTheClear(ManyReaders.provider(STREAMS, sent));
        FakeProvider others = FakeProvider.start(73);
        GatewayForTests gateway =
            GatewayForTests.start(
                others,
                ManyReadersBenchmark.setup(server)
                    .limits(
                        """
                        upstream: { http2: { stream_window_bytes: %d } }
                        http: { high_watermark_bytes: 32KiB, low_watermark_bytes: 16KiB }
                        """
                            .formatted(WINDOW_BYTES)))) {
      String key = gateway.createKey("100");
      ManyReaders readers = new ManyReaders(gateway.publicUrl(), key, STREAMS, BYTES_MOST);
      long before = usedDirectBytes();
      readers.start(OVER_HTTP_2, OVER_HTTP_1);
      assertThat(readers.awaitOthers(60)).isTrue();
      for (int number = 3; number < OVER_HTTP_2; number += 4) {
        assertThat(sent.getOrDefault(number, 0L))
            .as("sent to a reader that has taken nothing")
            .isLessThanOrEqualTo(CLIENT_WINDOW_BYTES + WINDOW_BYTES);
      }
      assertThat(usedDirectBytes() - before).isLessThan(MEMORY_GROWTH_BYTES_MAX);
      assertThat(readers.awaitAll(60)).isTrue();
      readers.close();
      assertThat(readers.wrong()).isEmpty();
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(STREAMS * ManyReadersBenchmark.COST_NANO_USD);
      assertThat(server.streams()).isEqualTo(STREAMS);
    }
  }

  private static long usedDirectBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }
}
