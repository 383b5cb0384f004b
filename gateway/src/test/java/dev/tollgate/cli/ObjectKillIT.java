package dev.tollgate.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.domain.AccountId;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.ledger.ScriptsForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.FaultyLink;
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

  private static final String LIMITS =
      """
      limits:
        requests: { lease_millis: 2s, checkpoint_millis: 400ms }
        reaper: { reap_millis: 200ms }
      """;

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

  private static RedisServerForTests server;
  private static FaultyLink link;
  private static FakeProvider provider;
  private static GatewayFolder folder;
  private static ServingGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    server = RedisServerForTests.start();
    link = FaultyLink.to(server.socket());
    provider = FakeProvider.start(47);
    folder = GatewayFolder.of(directory, provider);
    folder.replace("redis: embedded", "redis: \"" + link.uri() + "\"");
    folder.replace("rate_card: rates.yaml\n", "rate_card: rates.yaml\n" + LIMITS);
    gateway = folder.serve();
  }

  @AfterAll
  static void stop() throws Exception {
    folder.close();
    provider.close();
    link.close();
    server.close();
  }

  @ParameterizedTest
  @EnumSource
  void kill_atAStepOfABatch_leavesTheBooksRight(Step step) throws Exception {
    Customer customer = gateway.customerWithUsd(10);
    String file = upload(customer);
    awaitTold();
    if (step.isWhileItIsMade) {
      trap(step);
      beginToMake(customer, file);
    } else {
      make(customer, file);
      provider.batches().complete(provider.batches().last());
      awaitTold();
      trap(step);
      beginToPoll(customer);
    }
    String batch = provider.batches().last();
    gateway = folder.serve();
    if (step.isWhileItIsMade) {
      provider.batches().complete(batch);
    }

    awaitTold();
    boolean isKnown = poll(customer, batch) == 200;
    assertThat(isKnown || step.isWhileItIsMade).as("it had been known").isTrue();
    poll(customer, batch);

    assertBooks(step, customer, isKnown ? cost(provider.batches().usage(batch)) : 0);
  }

  private static long cost(ServedUsage usage) {
    return usage.input() * GatewayFolder.INPUT_NANO_USD
        + usage.output() * GatewayFolder.OUTPUT_NANO_USD;
  }

  private static void trap(Step step) {
    TollgateProcess process = gateway.process();
    link.trap(
        step.script,
        step.moment,
        () -> {
          try {
            process.kill();
            process.awaitExit();
          } catch (Exception failure) {
            throw new AssertionError(failure);
          }
          return step.fault;
        });
  }

  private static void beginToMake(Customer customer, String file) throws Exception {
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      client.post("/v1/batches", batchOf(file), "authorization", "Bearer " + customer.key());
      link.awaitSprung();
    }
  }

  private static void beginToPoll(Customer customer) throws Exception {
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      client.request(
          "GET",
          "/v1/batches/" + provider.batches().last(),
          "authorization",
          "Bearer " + customer.key());
      link.awaitSprung();
    }
  }

  private static String batchOf(String file) {
    return """
    {"input_file_id":"%s","endpoint":"/v1/chat/completions","completion_window":"24h"}\
    """
        .formatted(file);
  }

  private static void make(Customer customer, String file) throws IOException {
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      RawAnswer made =
          client
              .post("/v1/batches", batchOf(file), "authorization", "Bearer " + customer.key())
              .readAnswer();
      assertThat(made.status()).as(made.text()).isEqualTo(200);
    }
  }

  private static int poll(Customer customer, String batch) throws IOException {
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
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
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
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

  private static void awaitTold() throws Exception {
    Within.seconds(
        30,
        "the journal is empty",
        () -> {
          var journal = gateway.admin().get("/health/ready").path("journal");
          return journal.path("depth").asInt(-1) == 0 && !journal.path("replaying").asBoolean(true);
        });
  }

  private static void assertBooks(Step step, Customer customer, long costNanoUsd) throws Exception {
    AccountId account = new AccountId(customer.account());
    try (RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1)) {
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
