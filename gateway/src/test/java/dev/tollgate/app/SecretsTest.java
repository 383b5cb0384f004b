package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Whatever goes wrong on the way to a provider, no secret of it is told to anybody. */
@ExtendWith(LeakWatch.class)
class SecretsTest {
  private static final String API_KEY = "sk-never-shown-1";
  private static final String PROXY_PASSWORD = "never-shown-2";
  private static final String HEADER = "never-shown-3";
  private static final String QUERY = "never-shown-4";
  private static final String CHECKED_WITH = "never-shown-5";

  /** Of a client's key: enough to be told by. */
  private static final String CLIENT_KEY = "bmV2ZXItc2hvd24tNg";

  private static final List<String> SECRETS =
      List.of(API_KEY, PROXY_PASSWORD, HEADER, QUERY, CHECKED_WITH, CLIENT_KEY);

  private static final String MODELS =
      """
      of-proxied: { targets: [ { provider: proxied, model: m } ], prices: { input: 1, output: 1 } }
      of-secured: { targets: [ { provider: secured, model: m } ], prices: { input: 1, output: 1 } }
      """;

  @TempDir private Path directory;

  /** All that is logged, with its exceptions, from anywhere. */
  private static final class Log extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    private final Logger ours = (Logger) LoggerFactory.getLogger("dev.tollgate");
    private final PatternLayout layout = new PatternLayout();
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    private Log() {
      layout.setContext(root.getLoggerContext());
      layout.setPattern("%logger %msg%n%ex");
      layout.start();
      start();
      ours.setLevel(Level.TRACE);
      root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
      lines.add(layout.doLayout(event));
    }

    private String text() {
      return String.join("", lines);
    }

    @Override
    public void close() {
      root.detachAppender(this);
      ours.setLevel(null);
      stop();
    }
  }

  private static String providersAt(URI url, int hangingUpPort, TestCertificate client) {
    return """
    proxied:
      dialect: openai
      base_url: "%1$s"
      api_key: %3$s
      proxy: "http://me:%4$s@127.0.0.1:%2$d"
      headers: { add: { x-tenant: %5$s } }
      query: { code: %6$s }
      health_check: { path: "/models?token=%7$s", interval_millis: 100ms, failures_max: 1 }
    secured:
      dialect: openai
      base_url: "https://localhost:%2$d/v1"
      api_key: %3$s
      client_certificate: "%8$s"
      client_key: "%9$s"
      headers: { add: { x-tenant: %5$s } }
      query: { code: %6$s }
      health_check: { path: "/models?token=%7$s", interval_millis: 100ms, failures_max: 1 }
    """
        .formatted(
            url,
            hangingUpPort,
            API_KEY,
            PROXY_PASSWORD,
            HEADER,
            QUERY,
            CHECKED_WITH,
            client.certificatePem(),
            client.privateKeyPem());
  }

  /** Accepts connections, and closes them. */
  private static final class HangingUp implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Thread acceptor = Thread.ofVirtual().start(this::acceptAll);

    private HangingUp() throws IOException {}

    private int port() {
      return listener.getLocalPort();
    }

    private void acceptAll() {
      try {
        while (true) {
          listener.accept().close();
        }
      } catch (IOException closed) {
        // The test is over.
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
      try {
        acceptor.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void secretsOfAProvider_areNotTold_whateverGoesWrong() throws Exception {
    TestCertificate client = TestCertificate.in(directory);
    StringBuilder told = new StringBuilder();
    try (Log log = new Log();
        HangingUp hangingUp = new HangingUp();
        FakeProvider provider = FakeProvider.start(103)) {
      try (GatewayForTests gateway =
          GatewayForTests.start(
              provider,
              GatewaySetup.USUAL.with(
                  providersAt(provider.baseUrl(), hangingUp.port(), client), MODELS))) {
        String key = gateway.createKey("10");
        told.append(ask(gateway, key, "of-proxied")).append(ask(gateway, key, "of-secured"));
        Files.writeString(
            client.privateKeyPem(),
            "-----BEGIN PRIVATE KEY-----\n" + CLIENT_KEY + "\n-----END PRIVATE KEY-----\n");
        told.append(ask(gateway, key, "of-secured"));
        gateway.await(() -> gateway.metrics().contains("outcome=\"failed\",provider=\"proxied\""));
        gateway.await(() -> gateway.metrics().contains("outcome=\"failed\",provider=\"secured\""));

        gateway.editGateway(
            file ->
                file.replace("@127.0.0.1:" + hangingUp.port(), "@127.0.0.1")
                    .replace("token=", "to ken=")
                    .replace("x-tenant: ", "x-tenant: \"\\t\" , x-key: "));
        told.append(gateway.askOps(gateway.adminToken(), "POST", "/admin/v1/reload", "{}").body());
        told.append(gateway.configDocument());
        told.append(gateway.get(key, "/v1/status")).append(gateway.metrics());
      }
      assertThat(told)
          .contains("proxied", "secured", "providers.proxied.proxy", "health_check.path")
          .doesNotContain(SECRETS);
      assertThat(log.text())
          .contains("proxied fails its health checks")
          .contains("certificates stay in use")
          .contains("configuration not reloaded")
          .doesNotContain(SECRETS);
    }
  }

  /** What the client is told, and what is told of the request afterwards. */
  private static String ask(GatewayForTests gateway, String key, String model) throws Exception {
    String body = "{\"model\":\"%s\",\"max_tokens\":9,\"messages\":[]}".formatted(model);
    HttpResponse<String> answer = gateway.ask(key, "POST", "/v1/chat/completions", body);
    assertThat(answer.statusCode()).isEqualTo(502);
    String request = answer.headers().firstValue("x-request-id").orElseThrow();
    return answer.headers().map() + answer.body() + gateway.generation(key, request);
  }
}
