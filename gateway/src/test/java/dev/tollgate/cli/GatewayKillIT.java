package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.LedgerSettings;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One of three gateways is killed in the middle of its streams; the others end its holds. */
@Timeout(180)
class GatewayKillIT {
  private static final long CREDIT_NANO_USD = 10_000_000_000L;
  private static final ServedUsage USAGE = ServedUsage.of(9, 40);
  private static final long COST_NANO_USD =
      9 * GatewayFolder.INPUT_NANO_USD + 40 * GatewayFolder.OUTPUT_NANO_USD;

  private static final int LEASE_SECONDS = 6;
  private static final long CHECKPOINT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** For a timer and a round trip on a busy machine. */
  private static final long SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

  private static final int STREAMS = 6;

  /** Weighs eight bytes: two tokens, and four of the message's frame, when input is estimated. */
  private static final String FLOWING = "Stream";

  private static final String PAUSED = "Paused";
  private static final long INPUT_TOKENS = 2 + 4;

  @TempDir private Path directory;

  private final OpenAiAnswers brief = new OpenAiAnswers(23).reporting(USAGE);
  private final OpenAiAnswers endless = new OpenAiAnswers(24).reporting(ServedUsage.of(9, 4_000));
  private final List<GatewayFolder> folders = new ArrayList<>();
  private FakeProvider provider;
  private RedisServerForTests server;

  @BeforeEach
  void open() throws IOException {
    provider = FakeProvider.start(23).on("/chat/completions", this::answer);
    server = RedisServerForTests.start();
  }

  @AfterEach
  void close() throws Exception {
    for (GatewayFolder folder : folders) {
      folder.close();
    }
    provider.close();
    server.close();
  }

  private Script answer(ReceivedRequest request) {
    String text = request.json().at("/messages/0/content").asString("");
    if (text.equals("Unanswered")) {
      return Script.silence();
    }
    if (text.equals(PAUSED)) {
      return Script.of(endless.chat(request)).start().parts(40).awaitPeerGone();
    }
    if (text.equals(FLOWING)) {
      Script slow = Script.of(endless.chat(request)).start();
      for (int parts = 1; parts < 600; parts++) {
        slow.parts(parts).pauseMillis(50);
      }
      return slow.awaitPeerGone();
    }
    return Script.of(brief.chat(request)).start().pauseMillis(200).rest().end();
  }

  private ServingGateway serve(String name) throws Exception {
    Path folder = Files.createDirectory(directory.resolve(name));
    GatewayFolder made = GatewayFolder.of(folder, provider);
    folders.add(made);
    made.replace("redis: embedded", "redis: \"" + server.uri() + "\"");
    made.write(
        Files.readString(made.gatewayFile())
            + """
            archive: "jdbc:sqlite:%s"
            limits:
              requests: { lease_millis: %ds, checkpoint_millis: 1s }
              reaper: { reap_millis: 500ms }
            """
                .formatted(directory.resolve("archive.db"), LEASE_SECONDS));
    return made.serve();
  }

  @Test
  void kill_ofOneOfThree_chargesWhatItHadDelivered_andLeavesNoHold() throws Exception {
    ServingGateway killed = serve("a");
    ServingGateway second = serve("b");
    ServingGateway third = serve("c");
    Customer customer = killed.customerWithUsd(10);
    Customer other = second.customerWithUsd(10);
    List<SlowStream> paused = new ArrayList<>();
    List<SlowStream> flowing = new ArrayList<>();
    try (RedisForTests redis = RedisForTests.open(LedgerSettings.of(server.uri()), 1);
        RawClient plain = RawClient.connect(killed.publicUrl());
        ChatLoad atSecond = ChatLoad.start(second, other);
        ChatLoad atThird = ChatLoad.start(third, other)) {
      for (int i = 0; i < STREAMS; i++) {
        paused.add(SlowStream.start(killed, customer, PAUSED));
        flowing.add(SlowStream.start(killed, customer, FLOWING));
      }
      askInVain(plain, customer);
      AccountId account = new AccountId(customer.account());
      for (SlowStream stream : paused) {
        Within.seconds(
            30,
            "all that it has delivered is in a checkpoint",
            () -> stream.textBytes() > 0 && isCheckpointed(redis, account, stream));
      }
      for (SlowStream stream : flowing) {
        Within.seconds(
            30,
            "it has a checkpoint",
            () -> redis.checkpointNanoUsd(account, stream.request()) != null);
      }

      long killedAt = System.nanoTime();
      killed.process().kill();

      assertThat(killed.process().awaitExit()).isEqualTo(128 + 9);
      for (SlowStream stream : flowing) {
        stream.awaitEnd();
      }
      Within.seconds(
          LEASE_SECONDS + 10, "its holds are ended", () -> second.heldNanoUsd(customer) == 0);
      System.out.printf(
          "GatewayKillIT: %d holds of a killed gateway were ended after %d ms%n",
          2 * STREAMS + 1, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedAt));
      List<Map<String, String>> events = redis.events(account);
      for (SlowStream stream : paused) {
        assertThat(charged(events, stream)).isEqualTo(cost(stream.textBytes()));
      }
      for (SlowStream stream : flowing) {
        long before = stream.textBytesAt(killedAt - CHECKPOINT_NANOS - SLACK_NANOS);
        assertThat(charged(events, stream)).isBetween(cost(before), cost(stream.textBytes()));
      }
      assertThat(events.stream().filter(event -> "abandoned".equals(event.get("reason"))))
          .hasSize(2 * STREAMS + 1);
      assertThat(events.stream().filter(event -> "release".equals(event.get("act")))).hasSize(1);
      assertThat(second.balanceNanoUsd(customer)).isEqualTo(sum(events));
      assertThat(reaped(second) + reaped(third)).isEqualTo(2 * STREAMS + 1);

      int whole = atSecond.finish() + atThird.finish();
      second.awaitSettled(other);
      assertThat(second.balanceNanoUsd(other))
          .isEqualTo(CREDIT_NANO_USD - whole * COST_NANO_USD)
          .isEqualTo(sum(redis.events(new AccountId(other.account()))));
      // What the killed one had read for the archive, another takes only after a while.
      Within.seconds(
          60,
          "the audit is clean",
          () -> second.admin().get("/admin/v1/audit").path("ok").asBoolean());
    } finally {
      for (SlowStream stream : paused) {
        stream.close();
      }
      for (SlowStream stream : flowing) {
        stream.close();
      }
    }
  }

  private static void askInVain(RawClient client, Customer customer) throws IOException {
    String body =
        """
        {"model":"llama-3.3-70b","max_tokens":100,\
        "messages":[{"role":"user","content":"Unanswered"}]}\
        """;
    client.post("/v1/chat/completions", body, "authorization", "Bearer " + customer.key());
  }

  private static boolean isCheckpointed(RedisForTests redis, AccountId account, SlowStream stream) {
    Long checkpoint = redis.checkpointNanoUsd(account, stream.request());
    return checkpoint != null && checkpoint == cost(stream.textBytes());
  }

  /** As it is estimated where a provider has not come to report it. */
  private static long cost(long textBytes) {
    return textBytes == 0
        ? 0
        : INPUT_TOKENS * GatewayFolder.INPUT_NANO_USD
            + Math.ceilDiv(textBytes, 4L) * GatewayFolder.OUTPUT_NANO_USD;
  }

  private static long charged(List<Map<String, String>> events, SlowStream stream) {
    RequestId request = stream.request();
    List<Map<String, String>> reaped =
        events.stream().filter(event -> (request + ":reap").equals(event.get("id"))).toList();
    assertThat(reaped).as("of %s", request).hasSize(1);
    return -Long.parseLong(reaped.getFirst().getOrDefault("amount", ""));
  }

  /** What all events come to. */
  private static long sum(List<Map<String, String>> events) {
    return events.stream()
        .mapToLong(event -> Long.parseLong(event.getOrDefault("amount", "0")))
        .sum();
  }

  private static long reaped(ServingGateway gateway) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI metrics = URI.create(gateway.opsUrl() + "/metrics");
      String text =
          http.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString())
              .body();
      return text.lines()
          .filter(line -> line.startsWith("tollgate_holds_reaped_total"))
          .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
          .sum();
    }
  }
}
