package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.ScriptsForTests;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.FaultyLink.Fault;
import dev.tollgate.testing.FaultyLink.Moment;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * `kill -9` of `serve` at each step of a purchase. Once it serves again, and the lease of what it
 * held is over, nothing is lost, nothing double, nothing leaked.
 */
@Timeout(120)
class PurchaseKillIT {
  private static final long CREDIT_NANO_USD = 10_000_000_000L;
  private static final ServedUsage USAGE = ServedUsage.of(9, 90);
  private static final long COST_NANO_USD =
      9 * GatewayFolder.INPUT_NANO_USD + 90 * GatewayFolder.OUTPUT_NANO_USD;

  /** Some bytes of the answer, a tenth of it or so. */
  private static final int FIRST_PARTS = 6;

  /** Where it is killed, and what must have been charged for it in the end. */
  enum Step {
    HOLD_SENT_AND_LOST(ScriptsForTests.HOLD, Moment.SENT, Fault.CUT, Charged.NOTHING),
    HOLD_SENT(ScriptsForTests.HOLD, Moment.SENT, Fault.NONE, Charged.NOTHING),
    HOLD_CARRIED_OUT(ScriptsForTests.HOLD, Moment.CARRIED_OUT, Fault.NONE, Charged.NOTHING),
    HOLD_ANSWERED(ScriptsForTests.HOLD, Moment.ANSWERED, Fault.NONE, Charged.NOTHING),
    BYTES_FLOWING(ScriptsForTests.RENEW, Moment.CARRIED_OUT, Fault.NONE, Charged.IN_PART),
    SETTLE_SENT_AND_LOST(ScriptsForTests.SETTLE, Moment.SENT, Fault.CUT, Charged.WHOLE),
    SETTLE_SENT(ScriptsForTests.SETTLE, Moment.SENT, Fault.NONE, Charged.WHOLE),
    SETTLE_CARRIED_OUT(ScriptsForTests.SETTLE, Moment.CARRIED_OUT, Fault.NONE, Charged.WHOLE),
    SETTLE_ANSWERED(ScriptsForTests.SETTLE, Moment.ANSWERED, Fault.NONE, Charged.WHOLE);

    private final String script;
    private final Moment moment;
    private final Fault fault;
    private final Charged charged;

    Step(String script, Moment moment, Fault fault, Charged charged) {
      this.script = script;
      this.moment = moment;
      this.fault = fault;
      this.charged = charged;
    }
  }

  /** Of the answer. */
  private enum Charged {
    NOTHING,
    IN_PART,
    WHOLE
  }

  @TempDir private static Path directory;

  private static final OpenAiAnswers OPEN_AI = new OpenAiAnswers(43).reporting(USAGE);
  private static GatewayToKill gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway = GatewayToKill.start(directory, 43);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
  }

  @ParameterizedTest
  @EnumSource
  void kill_atAStepOfAPurchase_leavesTheBooksRight(Step step) throws Exception {
    gateway.provider().on("/chat/completions", request -> OPEN_AI.chat(request).script());
    Customer customer = gateway.serving().customerWithUsd(10);
    buyOne(customer);
    CountDownLatch mayStart = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    gateway
        .provider()
        .on(
            "/chat/completions",
            request ->
                Script.of(OPEN_AI.chat(request))
                    .await(mayStart)
                    .start()
                    .parts(FIRST_PARTS)
                    .await(mayEnd)
                    .rest()
                    .end());
    try (RawClient client = RawClient.connect(gateway.serving().publicUrl())) {
      if (step.charged == Charged.NOTHING) {
        trap(step, "");
        ServingGateway.ask(client, customer, true);
      } else {
        mayStart.countDown();
        ServingGateway.ask(client, customer, true);
        MessageHead head = client.readHead();
        assertThat(client.readBody(1)).isNotEmpty();
        trap(step, Objects.requireNonNull(head.field("x-request-id")));
        if (step.charged == Charged.WHOLE) {
          mayEnd.countDown();
        }
      }
      gateway.awaitKilled();
    }
    mayStart.countDown();
    mayEnd.countDown();
    gateway.serveAgain();
    assertBooks(step, customer);
  }

  private static void trap(Step step, String request) {
    gateway.trap(
        step.script,
        step.moment,
        step.fault,
        () -> {
          if (step.charged == Charged.WHOLE) {
            Within.seconds(30, "it is in the journal", () -> isInTheJournal(request));
          }
        });
  }

  /** What is promised is that what was on the disk is charged. */
  private static boolean isInTheJournal(String request) throws IOException {
    try (Stream<Path> files = Files.list(gateway.folder().data().resolve("journal"))) {
      return files
          .filter(file -> file.toString().endsWith(".journal"))
          .anyMatch(file -> contains(file, request));
    }
  }

  private static boolean contains(Path file, String request) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).contains(request);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void assertBooks(Step step, Customer customer) throws Exception {
    AccountId account = new AccountId(customer.account());
    try (RedisForTests redis = gateway.redis()) {
      Within.seconds(30, "no hold is open", () -> BooksForTests.openHolds(redis) == 0);
      gateway.awaitJournalEmpty();
      BooksForTests books = BooksForTests.of(redis, account);
      long charged = CREDIT_NANO_USD - COST_NANO_USD - books.balanceNanoUsd();
      System.out.printf("%s: %d of %d nano-USD charged%n", step, charged, COST_NANO_USD);
      switch (step.charged) {
        case NOTHING -> assertThat(charged).as(books.toString()).isZero();
        case IN_PART -> assertThat(charged).isBetween(1L, COST_NANO_USD - 1);
        case WHOLE -> assertThat(charged).as(books.toString()).isEqualTo(COST_NANO_USD);
      }
      books.assertConsistent();

      gateway.provider().on("/chat/completions", request -> OPEN_AI.chat(request).script());
      buyOne(customer);
      assertThat(BooksForTests.of(redis, account).balanceNanoUsd())
          .isEqualTo(books.balanceNanoUsd() - COST_NANO_USD);
    }
  }

  private static void buyOne(Customer customer) throws Exception {
    try (RawClient client = RawClient.connect(gateway.serving().publicUrl())) {
      ServingGateway.ask(client, customer, true);
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
    gateway.serving().awaitSettled(customer);
  }
}
