package dev.tollgate.metering;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Estimates with OpenAI's o200k vocabulary, which is near enough for all models. Its tables take
 * about a second to load: the first estimate does it, on its own thread.
 */
public final class JtokkitEstimator implements TokenEstimator, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JtokkitEstimator.class);

  /** Where the tokenizer cannot help: English text has about this many bytes to a token. */
  private static final int BYTES_PER_TOKEN = 4;

  private final Supplier<Encoding> encoding;
  private final ThreadPoolExecutor pool;

  public JtokkitEstimator(EstimatorSettings settings) {
    this(settings, O200k.INSTANCE);
  }

  JtokkitEstimator(EstimatorSettings settings, Supplier<Encoding> encoding) {
    this.encoding = encoding;
    this.pool =
        new ThreadPoolExecutor(
            settings.threads(),
            settings.threads(),
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(settings.waitingMax()),
            Thread.ofPlatform().name("tollgate-estimate-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
  }

  @Override
  public CompletionStage<Long> estimate(DeliveredText delivered) {
    Estimate estimate = new Estimate(delivered);
    if (delivered.sample().length == 0) {
      estimate.byRatio();
      return estimate.tokens;
    }
    try {
      pool.execute(estimate);
    } catch (RejectedExecutionException fullOrClosed) {
      estimate.byRatio();
    }
    return estimate.tokens;
  }

  /** Completes what waits by the ratio, and lets what runs finish. */
  @Override
  public void close() {
    for (Runnable waiting : pool.shutdownNow()) {
      ((Estimate) waiting).byRatio();
    }
  }

  /** One text on its way through the pool. */
  private final class Estimate implements Runnable {
    private final DeliveredText delivered;
    private final CompletableFuture<Long> tokens = new CompletableFuture<>();

    private Estimate(DeliveredText delivered) {
      this.delivered = delivered;
    }

    @Override
    public void run() {
      try {
        String sample = new String(delivered.sample(), StandardCharsets.UTF_8);
        long counted = encoding.get().countTokensOrdinary(sample);
        tokens.complete(extrapolated(counted));
      } catch (RuntimeException | LinkageError | StackOverflowError broken) {
        LOG.warn("the tokenizer failed on {} bytes: they count by the ratio", sampled(), broken);
        byRatio();
      }
    }

    private void byRatio() {
      tokens.complete(Math.ceilDiv(delivered.bytes(), BYTES_PER_TOKEN));
    }

    private long extrapolated(long counted) {
      long beyond = Math.max(0, delivered.bytes() - sampled());
      return Math.max(1, counted + Math.ceilDiv(Math.multiplyExact(beyond, counted), sampled()));
    }

    private int sampled() {
      return delivered.sample().length;
    }
  }

  /** The vocabulary, loaded once for the process. */
  private enum O200k implements Supplier<Encoding> {
    INSTANCE;

    @Override
    public Encoding get() {
      return Tables.ENCODING;
    }

    /** Loaded with its class, which only {@link #get} does. */
    private static final class Tables {
      private static final Encoding ENCODING =
          Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
    }
  }
}
