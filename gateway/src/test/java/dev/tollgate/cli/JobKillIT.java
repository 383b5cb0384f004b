package dev.tollgate.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.ScriptsForTests;
import dev.tollgate.testing.FaultyLink.Fault;
import dev.tollgate.testing.FaultyLink.Moment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * `kill -9` of `serve` in the middle of a training job, and again while its watcher pays for it.
 * The job was made with the official SDK, and nobody asks for it any more: it is paid for once, at
 * the tokens that its provider has counted.
 */
@Timeout(180)
class JobKillIT {
  @TempDir private static Path directory;

  @Test
  void kill_inTheMiddleOfATrainingJob_andWhileItIsPaid_chargesItOnce() throws Exception {
    GatewayToKill gateway = GatewayToKill.start(directory, 53);
    try {
      Customer customer = gateway.serving().customerWithUsd(10);
      String job = job(gateway, customer);
      gateway.provider().jobs().begin(job);
      gateway.awaitJournalEmpty();
      assertThat(gateway.serving().heldNanoUsd(customer)).isEqualTo(10 * Money.NANO_PER_CENT);

      gateway.serving().process().kill();
      gateway.serving().process().awaitExit();
      gateway.provider().jobs().succeed(job, 6_001);
      gateway.folder().replace("limits:\n", "limits:\n  objects: { watch_millis: 2s }\n");
      gateway.serveAgain();
      gateway.trap(ScriptsForTests.SETTLE, Moment.CARRIED_OUT, Fault.NONE, () -> {});
      gateway.awaitKilled();
      gateway.serveAgain();

      gateway.serving().awaitSettled(customer);
      gateway.awaitJournalEmpty();
      try (RedisForTests redis = gateway.redis()) {
        AccountId account = new AccountId(customer.account());
        BooksForTests books = BooksForTests.of(redis, account);
        assertThat(books.balanceNanoUsd())
            .isEqualTo(10 * Money.NANO_PER_USD - 7 * Money.NANO_PER_CENT);
        books.assertConsistent();
      }
    } finally {
      gateway.close();
    }
  }

  private static String job(GatewayToKill gateway, Customer customer) {
    OpenAIClient sdk =
        OpenAIOkHttpClient.builder()
            .baseUrl(gateway.serving().publicUrl() + "/v1")
            .apiKey(customer.key())
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
      return job.id();
    } finally {
      sdk.close();
    }
  }
}
