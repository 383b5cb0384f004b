package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import dev.tollgate.domain.Money;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is paid for later is paid for though nobody asks for it, through whatever gateway lives. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class WatchedObjectsTest {
  /** A cent for 1,000 tokens and an epoch. */
  private static final String RATES = "training: { toll-base: { per_mtok_epoch: 10 } }\n";

  private static final GatewaySetup SETUP =
      GatewaySetup.USUAL
          .rates(RATES)
          .limits(
              "objects: { watch_millis: 100ms, watch_millis_max: 400ms, watch_misses_max: 2 }\n");
  private static final long CENT = Money.NANO_PER_CENT;
  private static final long HELD = 10 * CENT;

  /** Of its own: what is watched here must not be what other tests' providers have. */
  private static RedisServerForTests redis;

  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private String key;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServerForTests.start();
    provider = FakeProvider.start(2029);
    gateway = GatewayForTests.start(provider, SETUP.redis(redis.uri()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
    redis.close();
  }

  @BeforeEach
  void customer() throws Exception {
    key = gateway.createKey("10");
  }

  /** By the official SDK; its id. */
  private String job() {
    return job(gateway);
  }

  private String job(GatewayForTests at) {
    OpenAIClient sdk =
        OpenAIOkHttpClient.builder()
            .baseUrl(at.publicUrl() + "/v1")
            .apiKey(key)
            .maxRetries(0)
            .build();
    try {
      String file =
          sdk.files()
              .create(
                  FileCreateParams.builder()
                      .file("x".repeat(3_000).getBytes(UTF_8))
                      .purpose(FilePurpose.FINE_TUNE)
                      .build())
              .id();
      FineTuningJob job =
          sdk.fineTuning()
              .jobs()
              .create(JobCreateParams.builder().model("toll-base").trainingFile(file).build());
      assertThat(sdk.fineTuning().jobs().listEvents(job.id()).items()).isNotEmpty();
      return job.id();
    } finally {
      sdk.close();
    }
  }

  private static void awaitMore(String name, int more) throws Exception {
    int before = gateway.counted(name);
    gateway.await(() -> gateway.counted(name) >= before + more);
  }

  private void assertSpent(long nanoUsd) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(nanoUsd);
    try (RedisForTests books = RedisForTests.open(RedisForTests.settings(redis.uri()), 1)) {
      BooksForTests.of(books, gateway.accountId(key)).assertConsistent();
    }
  }

  @Test
  void job_whoseGatewayIsGone_isPaidOnceByTheNext_withoutAnybodyAsking() throws Exception {
    String job;
    try (GatewayForTests first = gateway.another()) {
      job = job(first);
      provider.jobs().begin(job);
      awaitMore("tollgate_objects_looks_total", 2);
      assertThat(gateway.heldNanoUsd(key)).isEqualTo(HELD);
    }
    provider.jobs().succeed(job, 7_501);

    assertSpent(8 * CENT);
    assertThat(gateway.get(key, "/v1/billing/transactions?kind=debit_run").path("data")).hasSize(1);
    new KeptClient(gateway, key).get("/v1/fine_tuning/jobs/" + job);
    assertSpent(8 * CENT);
    assertThat(gateway.get(key, "/v1/files").toString()).contains("results.csv");
  }

  @Test
  void jobs_thatFailOrAreCancelled_areFree_whateverTheyTrained() throws Exception {
    String failed = job();
    String cancelled = job();
    provider.jobs().succeed(failed, 5_000);
    provider.jobs().fail(failed);
    new KeptClient(gateway, key).call("POST", "/v1/fine_tuning/jobs/" + cancelled + "/cancel");

    assertSpent(0);
  }

  @Test
  void job_thatVanishes_isGivenBack_andPaidAfterAllWhenItTurnsUp() throws Exception {
    String job = job();
    provider.jobs().hide(job);

    gateway.await(() -> gateway.counted("tollgate_objects_vanished_total") > 0);
    assertSpent(0);

    provider.jobs().unhide(job);
    provider.jobs().succeed(job, 3_000);
    new KeptClient(gateway, key).get("/v1/fine_tuning/jobs/" + job);
    assertSpent(3 * CENT);
  }

  @Test
  void job_thatIsMissedNowAndThen_staysHeld() throws Exception {
    String job = job();
    provider.jobs().begin(job);
    for (int i = 0; i < 2; i++) {
      int missed = i;
      provider.jobs().hideOnce(job);
      gateway.await(() -> provider.jobs().misses(job) > missed);
      int looked = provider.jobs().looks(job);
      gateway.await(() -> provider.jobs().looks(job) > looked);
    }

    assertThat(gateway.heldNanoUsd(key)).isEqualTo(HELD);
    provider.jobs().succeed(job, 1_000);
    assertSpent(CENT);
  }

  @Test
  void provider_thatIsAway_isAskedAgainLater() throws Exception {
    String job = job();
    provider.jobs().succeed(job, 1_000);
    provider.jobs().isAway(true);
    awaitMore("tollgate_objects_looks_failed_total", 2);
    assertThat(gateway.heldNanoUsd(key)).isEqualTo(HELD);

    provider.jobs().isAway(false);
    assertSpent(CENT);
  }

  @Test
  void batch_thatNobodyLooksAt_isPaidFor() throws Exception {
    String batch = new KeptClient(gateway, key).batch(3);
    provider.batches().complete(batch);

    assertSpent(
        Objects.requireNonNull(TestCard.PRICES.get(TestCard.CHAT))
            .costNanoUsd(provider.batches().usage(batch)));
  }
}
