package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A fine-tuning job has the card's price for training, or it is not sold. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class TrainingJobsTest {
  /** A cent for 1,000 tokens and an epoch. */
  private static final String RATES = "training: { toll-base: { per_mtok_epoch: 10 } }\n";

  private static final long CENT = 10_000_000;

  /** 3,000 bytes, which are taken for 1,000 tokens. */
  private static final String EXAMPLES = "{\"messages\":[]}\n".repeat(187) + "{\"m\":1}\n";

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  private KeptClient client;
  private String file;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(17);
    gateway = GatewayForTests.start(provider, GatewaySetup.USUAL.rates(RATES));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void upload() throws Exception {
    assertThat(EXAMPLES).hasSize(3_000);
    client = new KeptClient(gateway, gateway.createKey("1"));
    file = client.upload("fine-tune", EXAMPLES);
  }

  private String body(String model, String hyperparameters) {
    return "{\"model\":\"%s\",\"training_file\":\"%s\"%s}".formatted(model, file, hyperparameters);
  }

  private String job(String hyperparameters) throws Exception {
    return client
        .post("/v1/fine_tuning/jobs", body("toll-base", hyperparameters))
        .path("id")
        .asString("");
  }

  private void poll(String job) throws Exception {
    client.get("/v1/fine_tuning/jobs/" + job);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ",\"hyperparameters\":{\"n_epochs\":3} | 3",
        ",\"method\":{\"type\":\"supervised\",\"supervised\":{\"hyperparameters\":{\"n_epochs\":4}}}"
            + " | 4",
        ",\"method\":{\"type\":\"dpo\",\"dpo\":{\"hyperparameters\":{\"n_epochs\":2}}} | 2",
        ",\"hyperparameters\":{\"n_epochs\":\"auto\"} | 10",
        ",\"seed\":1 | 10"
      })
  void job_isHeldForByItsFileAndItsEpochs(String hyperparameters, long epochs) throws Exception {
    job(hyperparameters);

    assertThat(gateway.heldNanoUsd(client.key())).isEqualTo(CENT * epochs);
  }

  @Test
  void job_costsTheTokensThatWereTrained_once() throws Exception {
    String job = job(",\"hyperparameters\":{\"n_epochs\":3}");
    provider.jobs().begin(job);
    poll(job);
    assertThat(gateway.spentNanoUsd(client.key())).as("its figures are null yet").isZero();

    provider.jobs().succeed(job, 2_400);
    poll(job);
    poll(job);

    gateway.awaitSettled(client.key());
    assertThat(gateway.spentNanoUsd(client.key())).as("2.4 cents, rounded up").isEqualTo(3 * CENT);
    assertThat(gateway.lastSettlement(client.key())).isNotEmpty();
  }

  @Test
  void job_thatFailedOrWasCancelledBeforeItTrained_costsNothing() throws Exception {
    String failed = job("");
    provider.jobs().fail(failed);
    poll(failed);
    String cancelled = job("");
    client.call("POST", "/v1/fine_tuning/jobs/" + cancelled + "/cancel");

    gateway.awaitSettled(client.key());
    assertThat(gateway.spentNanoUsd(client.key())).isZero();
  }

  @Test
  void job_thatTrainsMoreThanWasHeld_isPaidInFull() throws Exception {
    String job = job(",\"hyperparameters\":{\"n_epochs\":1}");
    provider.jobs().succeed(job, 1_500);
    poll(job);

    gateway.awaitSettled(client.key());
    assertThat(gateway.spentNanoUsd(client.key())).isEqualTo(2 * CENT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nobody | | 404 | model_not_found",
        "toll-chat | | 404 | model_not_found",
        "toll-base | ,\"hyperparameters\":{\"n_epochs\":0} | 400 | n_epochs",
        "toll-base | ,\"hyperparameters\":{\"n_epochs\":1.5} | 400 | n_epochs",
        "toll-base | ,\"hyperparameters\":{\"n_epochs\":\"many\"} | 400 | n_epochs",
        "toll-base | ,\"method\":{\"type\":\"reinforcement\"} | 400 | method.type",
        "toll-base | ,\"validation_file\":\"file-nobodys\" | 400 | validation_file"
      })
  void jobWithoutAPrice_orWithNonsense_isNotSold(String model, String more, int status, String told)
      throws Exception {
    int jobs = provider.jobs().count();

    RawAnswer answer =
        client.call("POST", "/v1/fine_tuning/jobs", body(model, more == null ? "" : more));

    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(Json.parse(answer.body()).path("error").toString()).contains(told);
    assertThat(provider.jobs().count()).isEqualTo(jobs);
    assertThat(gateway.heldNanoUsd(client.key())).isZero();
  }
}
