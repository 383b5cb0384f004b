package dev.tollgate.app;

import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.openapi.ApiDescription;
import dev.tollgate.openapi.ApiDescription.Port;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asks gateways for everything that docs/openapi.yaml describes, well and badly, while what they
 * stand on is there, and while it is not.
 */
final class AnswerTour {
  private static final ApiDescription DESCRIPTION = ApiDescription.get();
  private static final String NOTHING_LEFT =
      """
      {"budgets":[{"name":"none","unit":"requests","period":"rolling:1m","limit":0}]}\
      """;

  private static final GatewaySetup SETUP =
      GatewaySetup.USUAL.with("", RealtimeAnswers.yaml("openai-fake"));

  private final Set<String> seen = new TreeSet<>();

  /** Which answers came. */
  static Set<String> take() throws Exception {
    AnswerTour tour = new AnswerTour();
    try (FakeProvider provider = FakeProvider.start(97);
        GatewayForTests gateway =
            GatewayForTests.start(
                provider,
                SETUP.rates(MeteredCall.RATES + DoorTour.RATES).limits(InvoiceTour.LIMITS))) {
      badHeads(gateway);
      InvoiceTour.take(gateway);
      DoorTour.account(gateway);
      McpTour.take(gateway);
      DoorTour.operator(gateway);
      PaymentTour.none(gateway);
      tour.metered(provider, gateway);
      tour.seen.addAll(gateway.seenAnswers());
    }
    tour.seen.addAll(PaymentTour.taken());
    tour.withoutBooks();
    tour.withoutLedger();
    return tour.seen;
  }

  // ---- every operation: what is refused by the head

  private static void badHeads(GatewayForTests gateway) throws IOException {
    everything(gateway, "x-large", "x".repeat(100_000));
    everything(gateway, "host", "twice");
    everything(gateway);
    everything(gateway, "authorization", "Bearer tg_live_unknown");
    everything(gateway, "content-length", "99999999999");
  }

  /** Every operation of both ports, with these fields and no body. */
  private static void everything(GatewayForTests gateway, String... fields) throws IOException {
    for (Port port : Port.values()) {
      for (Map.Entry<String, Set<String>> path : DESCRIPTION.operations(port).entrySet()) {
        String target = path.getKey().replaceAll("\\{\\w+}", "x");
        for (String method : path.getValue()) {
          try (RawClient client = port == Port.OPS ? gateway.connectOps() : gateway.connect()) {
            client.request(method, target, fields).readAnswer();
          }
        }
      }
    }
  }

  // ---- what providers answer

  private void metered(FakeProvider provider, GatewayForTests gateway) throws Exception {
    String key = gateway.createKey("100");
    RealtimeAnswers realtime = new RealtimeAnswers(97);
    provider.onHead("/realtime", request -> realtime.script());
    KeptClient client = new KeptClient(gateway, key);
    List<MeteredCall> calls = MeteredCall.all(client);
    String poor = sibling(gateway, key, "{\"quota_usd\":0}");
    String busy = sibling(gateway, key, NOTHING_LEFT);
    for (MeteredCall call : calls) {
      if (!call.method().equals("DELETE")) { // it costs nothing, and would be done
        call.ask(gateway, poor);
      }
      call.ask(gateway, busy);
      call.ofNobody().ask(gateway, key);
      call.ask(gateway, "tg_live_unknown");
      tooLarge(call, gateway, key);
    }
    gateway.suspend(key);
    askAll(calls, gateway, key);
    gateway.changeAccount(key, "{\"status\":\"active\"}");
    askAll(calls, gateway, key);

    List<MeteredCall> others = MeteredCall.all(client);
    silence(provider);
    try (GatewayForTests impatient =
        gateway.changed(SETUP.rates(MeteredCall.RATES).silenceMax("500ms"))) {
      askAtOnce(others, impatient, key);
      seen.addAll(impatient.seenAnswers());
    }
    provider.close();
    askAll(others, gateway, key);
  }

  private static String sibling(GatewayForTests gateway, String key, String limits)
      throws IOException {
    return gateway.admin("POST", gateway.accountPath(key) + "/keys", limits).path("key").asString();
  }

  private static void askAll(List<MeteredCall> calls, GatewayForTests gateway, String key)
      throws IOException {
    for (MeteredCall call : calls) {
      call.ask(gateway, key);
    }
  }

  private static void tooLarge(MeteredCall call, GatewayForTests gateway, String key)
      throws IOException {
    byte[] large = new byte[GatewayFiles.BODY_BYTES_MAX + 1];
    new MeteredCall(call.method(), call.target(), "application/json", large).ask(gateway, key);
  }

  private static void silence(FakeProvider provider) {
    for (String path :
        List.of(
            "/chat/completions",
            "/completions",
            "/responses",
            "/moderations",
            "/embeddings",
            "/images/generations",
            "/images/edits",
            "/images/variations",
            "/audio/speech",
            "/audio/transcriptions",
            "/audio/translations",
            "/messages",
            "/messages/count_tokens",
            ":generateContent",
            ":streamGenerateContent",
            ":countTokens",
            "/rerank")) {
      provider.on(path, request -> Script.silence());
    }
    provider.onHead("/realtime", request -> Script.silence());
    for (String path : List.of("/files", "/batches", "/responses", "/fine_tuning/jobs")) {
      provider.onAllOf(path, request -> Script.silence());
    }
  }

  /** They wait, all at once. */
  private static void askAtOnce(List<MeteredCall> calls, GatewayForTests gateway, String key)
      throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Object>> asking = new ArrayList<>();
      calls.forEach(call -> asking.add(() -> call.ask(gateway, key)));
      for (Future<Object> answer : threads.invokeAll(asking)) {
        answer.get();
      }
    }
  }

  // ---- what is said while something is away

  private void withoutBooks() throws IOException {
    try (FakeProvider provider = FakeProvider.start(97);
        GatewayForTests gateway =
            GatewayForTests.startSeenThrough(
                provider, open -> new OpenBooks(new NoBooks(), open.catchUp()))) {
      everything(gateway, "authorization", "Bearer " + gateway.createKey("1"));
      everything(gateway, "authorization", "Bearer " + gateway.adminToken());
      seen.addAll(gateway.seenAnswers());
    }
  }

  private void withoutLedger() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(97);
        GatewayForTests gateway =
            GatewayForTests.start(provider, SETUP.rates(MeteredCall.RATES).redis(server.uri()))) {
      String key = gateway.createKey("10");
      List<MeteredCall> calls = MeteredCall.all(new KeptClient(gateway, key));
      gateway.ops("/admin/v1/audit");
      server.kill();
      gateway.await(() -> gateway.readiness().startsWith("503"));
      DoorTour.books(gateway, key);
      askAll(calls, gateway, key);
      everything(gateway, "authorization", "Bearer " + key);
      everything(gateway, "authorization", "Bearer " + gateway.adminToken());
      seen.addAll(gateway.seenAnswers());
    }
  }
}
