package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.api.Encoding;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JtokkitEstimatorTest {
  private static final EstimatorSettings ONE_AT_A_TIME = new EstimatorSettings(1, 1);

  private static DeliveredText text(String sample, long bytes) {
    return new DeliveredText(sample.getBytes(UTF_8), bytes);
  }

  private static DeliveredText text(String sample) {
    return text(sample, sample.getBytes(UTF_8).length);
  }

  private static long tokens(TokenEstimator estimator, DeliveredText delivered) {
    return estimator.estimate(delivered).toCompletableFuture().join();
  }

  @Test
  void estimate_text_countsItsTokens() {
    try (var estimator = new JtokkitEstimator(EstimatorSettings.DEFAULTS)) {
      assertThat(tokens(estimator, text("Hello world"))).isEqualTo(2);
      assertThat(tokens(estimator, text("a"))).isEqualTo(1);
      assertThat(tokens(estimator, DeliveredText.NOTHING)).isZero();
      assertThat(tokens(estimator, text("<|endoftext|>"))).isPositive();
    }
  }

  @Test
  void estimate_beyondTheSample_extrapolatesUpwards() {
    String sample = "Hello world".repeat(10);
    try (var estimator = new JtokkitEstimator(EstimatorSettings.DEFAULTS)) {
      long sampled = tokens(estimator, text(sample));

      assertThat(tokens(estimator, text(sample, 3 * 110))).isEqualTo(3 * sampled);
      assertThat(tokens(estimator, text(sample, 111))).isEqualTo(sampled + 1);
    }
  }

  @Test
  void estimate_aSampleCutInsideACharacter_isCounted() {
    byte[] half = {'a', (byte) 0xF0, (byte) 0x9F};
    try (var estimator = new JtokkitEstimator(EstimatorSettings.DEFAULTS)) {
      assertThat(tokens(estimator, new DeliveredText(half, 5))).isPositive();
    }
  }

  @Test
  void estimate_bytesWithoutASample_countByTheRatio() {
    try (var estimator = new JtokkitEstimator(EstimatorSettings.DEFAULTS)) {
      assertThat(tokens(estimator, new DeliveredText(new byte[0], 9))).isEqualTo(3);
    }
  }

  @Test
  void estimate_whenFullOrClosed_countsByTheRatioAtOnce() throws InterruptedException {
    CountDownLatch isBusy = new CountDownLatch(1);
    CountDownLatch mayGoOn = new CountDownLatch(1);
    var estimator = new JtokkitEstimator(ONE_AT_A_TIME, () -> blocked(isBusy, mayGoOn));

    CompletableFuture<Long> running = estimator.estimate(text("12345678")).toCompletableFuture();
    assertThat(isBusy.await(30, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Long> waiting = estimator.estimate(text("12345678")).toCompletableFuture();
    CompletableFuture<Long> refused = estimator.estimate(text("123456789")).toCompletableFuture();

    assertThat(refused).isCompletedWithValue(3L);
    assertThat(waiting).isNotDone();
    estimator.close();
    assertThat(waiting).isCompletedWithValue(2L);
    assertThat(estimator.estimate(text("1234")).toCompletableFuture()).isCompletedWithValue(1L);
    mayGoOn.countDown();
    assertThat(running.join()).isEqualTo(2); // the tokenizer failed, the ratio did not
  }

  private static Encoding blocked(CountDownLatch isBusy, CountDownLatch mayGoOn) {
    isBusy.countDown();
    boolean isInterrupted = false;
    while (true) {
      try {
        mayGoOn.await();
        break;
      } catch (InterruptedException closing) {
        isInterrupted = true;
      }
    }
    throw new IllegalStateException("no tables, interrupted: " + isInterrupted);
  }
}
