package dev.tollgate.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.domain.AccountId;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.ScriptsForTests;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.FaultyLink.Fault;
import dev.tollgate.testing.FaultyLink.Moment;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * `kill -9` of `serve` while a batch is being made, and while it is being paid for. Whoever asks
 * after that finds it paid for once, or finds nothing that was to be paid.
 */
@Timeout(180)
class ObjectKillIT {
  private static final long CREDIT_NANO_USD = 10_000_000_000L;

  private static final String LINE =
      """
      {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"llama-3.3-70b",\
      "max_tokens":50,"messages":[{"role":"user","content":"What is the toll?"}]}}
      """;

  /** Where it is killed. */
  enum Step {
    KEEP_SENT_AND_LOST(ScriptsForTests.KEEP, Moment.SENT, Fault.CUT, true),
    KEEP_CARRIED_OUT(ScriptsForTests.KEEP, Moment.CARRIED_OUT, Fault.NONE, true),
    KEEP_ANSWERED(ScriptsForTests.KEEP, Moment.ANSWERED, Fault.NONE, true),
    SETTLE_SENT_AND_LOST(ScriptsForTests.SETTLE, Moment.SENT, Fault.CUT, false),
    SETTLE_CARRIED_OUT(ScriptsForTests.SETTLE, Moment.CARRIED_OUT, Fault.NONE, false),
    SETTLE_ANSWERED(ScriptsForTests.SETTLE, Moment.ANSWERED, Fault.NONE, false);

    private final String script;
    private final Moment moment;
    private final Fault fault;
    private final boolean isWhileItIsMade;

    Step(String script, Moment moment, Fault fault, boolean isWhileItIsMade) {
      this.script = script;
      this.moment = moment;
      this.fault = fault;
      this.isWhileItIsMade = isWhileItIsMade;
    }
  }

  @TempDir private static Path directory;

  private static GatewayToKill gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway = GatewayToKill.start(directory, 47);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
  }

  @ParameterizedTest
  @EnumSource
  void kill_atAStepOfABatch_leavesTheBooksRight(Step step) throws Exception {
    Customer customer = gateway.serving().customerWithUsd(10);
    String file = upload(customer);
    gateway.awaitJournalEmpty();
    if (step.isWhileItIsMade) {
      trap(step);
      beginToMake(customer, file);
    } else {
      make(customer, file);
      gateway.provider().batches().complete(gateway.provider().batches().last());
      gateway.awaitJournalEmpty();
      trap(step);
      beginToPoll(customer);
    }
    String batch = gateway.provider().batches().last();
    gateway.serveAgain();
    if (step.isWhileItIsMade) {
      gateway.provider().batches().complete(batch);
    }

    gateway.awaitJournalEmpty();
    boolean isKnown = poll(customer, batch) == 200;
    assertThat(isKnown || step.isWhileItIsMade).as("it had been known").isTrue();
    poll(customer, batch);

    assertBooks(step, customer, isKnown ? cost(gateway.provider().batches().usage(batch)) : 0);
  }

  private static long cost(ServedUsage usage) {
    return usage.input() * GatewayFolder.INPUT_NANO_USD
        + usage.output() * GatewayFolder.OUTPUT_NANO_USD;
  }

  private static void trap(Step step) {
    gateway.trap(step.script, step.moment, step.fault, () -> {});
  }

  private static void beginToMake(Customer customer, String file) throws Exception {
    try (RawClient client = RawClient.connect(gateway.serving().publicUrl())) {
      client.post("/v1/batches", batchOf(file), "authorization", "Bearer " + customer.key());
      gateway.awaitKilled();
    }
  }

  private static void beginToPoll(Customer customer) throws Exception {
    try (RawClient client = RawClient.connect(gateway.serving().publicUrl())) {
      client.request(
          "GET",
          "/v1/batches/" + gateway.provider().batches().last(),
          "authorization",
          "Bearer " + customer.key());
      gateway.awaitKilled();
    }
  }

  private static String batchOf(String file) {
    return """
    {"input_file_id":"%s","endpoint":"/v1/chat/completions","completion_window":"24h"}\
    """
        .formatted(file);
  }

  private static void make(Customer customer, String file) throws IOException {
    try (RawClient client = RawClient.connect(gateway.serving().publicUrl())) {
      RawAnswer made =
          client
              .post("/v1/batches", batchOf(file), "authorization", "Bearer " + customer.key())
              .readAnswer();
      assertThat(made.status()).as(made.text()).isEqualTo(200);
    }
  }

  private static int poll(Customer customer, String batch) throws IOException {
    try (RawClient client = RawClient.connect(gateway.serving().publicUrl())) {
      return client
          .request("GET", "/v1/batches/" + batch, "authorization", "Bearer " + customer.key())
          .readAnswer()
          .status();
    }
  }

  private static String upload(Customer customer) throws IOException {
    String form =
        "--XX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
            + "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
            + LINE
            + "\r\n--XX--\r\n";
    byte[] body = form.getBytes(UTF_8);
    try (RawClient client = RawClient.connect(gateway.serving().publicUrl())) {
      RawAnswer uploaded =
          client
              .request(
                  "POST",
                  "/v1/files",
                  "authorization",
                  "Bearer " + customer.key(),
                  "content-type",
                  "multipart/form-data; boundary=XX",
                  "content-length",
                  Integer.toString(body.length))
              .send(body)
              .readAnswer();
      assertThat(uploaded.status()).as(uploaded.text()).isEqualTo(200);
      return Json.parse(uploaded.body()).path("id").asString("");
    }
  }

  private static void assertBooks(Step step, Customer customer, long costNanoUsd) throws Exception {
    AccountId account = new AccountId(customer.account());
    try (RedisForTests redis = gateway.redis()) {
      Within.seconds(30, "no hold is open", () -> BooksForTests.of(redis, account).opens() == 0);
      BooksForTests books = BooksForTests.of(redis, account);
      System.out.printf("%s: %d nano-USD%n", step, CREDIT_NANO_USD - books.balanceNanoUsd());
      assertThat(CREDIT_NANO_USD - books.balanceNanoUsd())
          .as(books.toString())
          .isEqualTo(costNanoUsd);
      books.assertConsistent();
    }
  }
}
