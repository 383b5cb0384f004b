package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A target that has been left alone is tried with one request. However that one ends, the next must
 * get in: a place that is not given back would keep everybody out.
 */
@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrialsTest {
  private static final String CHAT = "/chat/completions";
  private static final long AN_HOUR = TimeUnit.HOURS.toMillis(1);

  private static final String MODELS =
      """
      of-tried: { targets: [ { provider: tried, model: m } ], prices: { input: 0.20, output: 0.60 } }
      of-narrow: { targets: [ { provider: narrow, model: m } ], prices: { input: 0.20, output: 0.60 } }
      of-queued: { targets: [ { provider: queued, model: m } ], prices: { input: 0.20, output: 0.60 } }
      of-mute:
        { targets: [ { provider: mute, model: m, connect_millis_max: 100ms } ], prices: { input: 0.20, output: 0.60 } }
      of-mute-patiently: { targets: [ { provider: mute, model: m } ], prices: { input: 0.20, output: 0.60 } }
      beside-narrow: { targets: [ { provider: narrow, model: x } ], prices: { input: 0.20, output: 0.60 } }
      beside-queued: { targets: [ { provider: queued, model: x } ], prices: { input: 0.20, output: 0.60 } }
      """;

  private final OpenAiAnswers openAi = new OpenAiAnswers(97);
  private FakeProvider provider;
  private ServerSocket mute;
  private GatewayForTests gateway;
  private String key;

  @BeforeAll
  void start() throws Exception {
    provider = FakeProvider.start(97);
    mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL
                .limits(
                    """
                    breakers:
                      { failures_percent: 100, calls_min: 2, window_calls: 2, rest_millis: 1h, rest_millis_max: 1h, trial_calls: 1,
                        trial_millis_max: 10h, slow_start_millis: 1ms }
                    """)
                .with(providersAt(provider.baseUrl(), mute.getLocalPort()), MODELS));
    key = gateway.createKey("10");
  }

  private static String providersAt(URI url, int mutePort) {
    return """
    tried: { dialect: openai, base_url: "%1$s", on_disconnect: cancel, first_byte_millis_max: 30s }
    narrow:
      { dialect: openai, base_url: "%1$s", on_disconnect: cancel, connections_max: 1, waiting_max: 0,
        first_byte_millis_max: 30s }
    queued:
      { dialect: openai, base_url: "%1$s", on_disconnect: cancel, connections_max: 1, waiting_max: 9,
        waiting_millis_max: 1m, first_byte_millis_max: 30s }
    mute: { dialect: openai, base_url: "https://127.0.0.1:%2$d", on_disconnect: cancel, connect_millis_max: 1m }
    """
        .formatted(url, mutePort);
  }

  @AfterAll
  void stop() throws Exception {
    gateway.close();
    mute.close();
    provider.close();
  }

  @BeforeEach
  void forget() {
    answerWell();
    provider.account().takeAll();
  }

  private void answerWell() {
    provider.on(CHAT, request -> openAi.chat(request).script());
  }

  private int ask(String model) throws Exception {
    return gateway.ask(key, "POST", "/v1/chat/completions", body(model, false)).statusCode();
  }

  private static String body(String model, boolean isStreamed) {
    return "{\"model\":\"%s\",\"max_tokens\":30,\"stream\":%s,\"messages\":[]}"
        .formatted(model, isStreamed);
  }

  private RawClient begin(String model, boolean isStreamed) throws Exception {
    return gateway
        .connect()
        .post("/v1/chat/completions", body(model, isStreamed), "authorization", "Bearer " + key);
  }

  /** It fails until it is left alone, and its rest passes: one request may try it. */
  private void letItRest(String model) throws Exception {
    provider.on(CHAT, request -> Answer.error(500, "{}").script());
    assertThat(ask(model)).isEqualTo(500);
    assertThat(ask(model)).isEqualTo(500);
    assertThat(ask(model)).isEqualTo(502);
    gateway.passMillis(AN_HOUR + 1);
    answerWell();
    provider.account().takeAll();
  }

  @Test
  void clientOfAStreamHangsUpBeforeTheAnswer_theNextTries() throws Exception {
    letItRest("of-tried");
    provider.on(CHAT, request -> Script.silence());
    RawClient client = begin("of-tried", true);
    try (client) {
      gateway.await(() -> provider.account().openNow() == 1);
      assertThat(ask("of-tried")).isEqualTo(502);
    }
    answerWell();

    gateway.await(() -> ask("of-tried") == 200);
  }

  @Test
  void clientHangsUp_andTheAnswerThatWasBoughtComes_theNextIsServed() throws Exception {
    letItRest("of-tried");
    CountDownLatch gone = new CountDownLatch(1);
    provider.on(CHAT, request -> Script.of(openAi.chat(request)).await(gone).start().rest().end());
    RawClient client = begin("of-tried", false);
    try (client) {
      gateway.await(() -> provider.account().openNow() == 1);
    }
    assertThat(ask("of-tried")).isEqualTo(502);
    answerWell();
    gone.countDown();

    gateway.await(() -> ask("of-tried") == 200);
  }

  /** Takes the one connection to a model's provider that each event loop may have. */
  private final class Crowd implements AutoCloseable {
    private final List<RawClient> clients = new ArrayList<>();

    private Crowd(String model) throws Exception {
      int loops = Runtime.getRuntime().availableProcessors();
      int open = 0;
      while (open < loops) {
        assertThat(clients).as("clients, and no loop of their own").hasSizeLessThan(20 * loops);
        clients.add(begin(model, true));
        open = openSoon(open + 1);
      }
    }

    /** Fewer than hoped for if the client's loop had its connection taken already. */
    private int openSoon(int hoped) throws Exception {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
      while (provider.account().openNow() < hoped && System.nanoTime() < end) {
        Thread.sleep(2);
      }
      return provider.account().openNow();
    }

    @Override
    public void close() throws IOException {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void crowd_letsItGoBeforeItIsMade_theNextTries() throws Exception {
    letItRest("of-narrow");
    provider.on(CHAT, request -> Script.silence());
    Crowd crowd = new Crowd("beside-narrow");
    try (crowd) {
      assertThat(ask("of-narrow")).isEqualTo(502);
    }
    answerWell();

    gateway.await(() -> ask("of-narrow") == 200);
  }

  @Test
  void clientHangsUpWhileItWaitsForAConnection_theNextTries() throws Exception {
    letItRest("of-queued");
    provider.on(CHAT, request -> Script.silence());
    Crowd crowd = new Crowd("beside-queued");
    try (crowd) {
      long held = gateway.heldNanoUsd(key);
      RawClient client = begin("of-queued", true);
      try (client) {
        gateway.await(() -> gateway.heldNanoUsd(key) > held);
        gateway.await(() -> ask("of-queued") == 502);
      }
    }
    answerWell();

    gateway.await(() -> ask("of-queued") == 200);
  }

  @Test
  void clientHangsUpWhileItConnects_theNextTries() throws Exception {
    assertThat(ask("of-mute")).isEqualTo(504);
    assertThat(ask("of-mute")).isEqualTo(504);
    assertThat(ask("of-mute")).isEqualTo(502);
    gateway.passMillis(AN_HOUR + 1);
    mute.setSoTimeout(20_000);
    Socket connecting = acceptedFor("of-mute-patiently");
    try (connecting) {
      gateway.await(() -> ask("of-mute") == 504);
    }
  }

  /** Its client has hung up in the middle of the handshake. */
  private Socket acceptedFor(String model) throws Exception {
    RawClient client = begin(model, true);
    try (client) {
      Socket connecting = mute.accept();
      while (!staysOpen(connecting)) {
        connecting.close();
        connecting = mute.accept();
      }
      assertThat(ask("of-mute")).isEqualTo(502);
      return connecting;
    }
  }

  /** Those of the calls before have been given up. */
  private static boolean staysOpen(Socket connection) throws Exception {
    connection.setSoTimeout(300);
    try {
      while (connection.getInputStream().read() >= 0) {
        // It begins its handshake.
      }
      return false;
    } catch (SocketTimeoutException waiting) {
      return true;
    } catch (SocketException reset) {
      return false;
    }
  }

  @Test
  void answerThatIsAnError_orBreaksOff_orAsksForTime_tellsOnce() throws Exception {
    letItRest("of-tried");
    provider.once(CHAT, request -> Answer.error(429, "{}").script());
    assertThat(ask("of-tried")).isEqualTo(429);
    assertThat(ask("of-tried")).isEqualTo(200);

    letItRest("of-tried");
    provider.once(CHAT, request -> Answer.error(400, "{}").script());
    assertThat(ask("of-tried")).isEqualTo(400);
    assertThat(ask("of-tried")).isEqualTo(200);

    letItRest("of-tried");
    provider.once(CHAT, request -> Script.of(openAi.chat(request)).start().upTo(100).close());
    try (RawClient client = begin("of-tried", true)) {
      assertThat(client.readAnswer().isWhole()).isFalse();
    }
    assertThat(ask("of-tried")).isEqualTo(200);
  }
}
