package dev.tollgate.app;

import dev.tollgate.config.Checked;
import dev.tollgate.config.Snapshot;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Ids;
import dev.tollgate.http.HttpServer;
import dev.tollgate.http.HttpServerSettings;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.Router;
import dev.tollgate.http.ServerListener;
import dev.tollgate.simulator.SimulatedProvider;
import dev.tollgate.simulator.SimulatorSettings;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A gateway with everything embedded before a simulated provider, which it reaches over loopback as
 * it would any. Its data lives in a folder that goes with it.
 */
@Blocking
public final class Demo implements AutoCloseable {
  private static final List<String> MODELS =
      List.of("llama-3.3-70b", "bge-large-en-v1.5", "claude-simulated");

  private final Path folder;
  private final Loops loops;
  private final HttpServer provider;
  private final Gateway gateway;
  private final String adminToken;

  private Demo(Path folder, int port, int opsPort) throws IOException {
    SecureRandom random = new SecureRandom();
    this.adminToken = new Ids(random).nextSecret("admin_");
    this.folder = folder;
    copy("gateway.yaml");
    copy("rates.yaml");
    loops = Loops.start(1);
    try {
      provider = provider(random);
      provider.start().toCompletableFuture().join();
      gateway = gateway(port, opsPort);
    } catch (IOException | RuntimeException failure) {
      loops.close();
      throw failure;
    }
  }

  private Gateway gateway(int port, int opsPort) throws IOException {
    ConfigSource source =
        ConfigSource.of(
            folder.resolve("gateway.yaml"),
            Map.of(
                "DEMO_PORT", Integer.toString(port),
                "DEMO_OPS_PORT", Integer.toString(opsPort),
                "DEMO_ADMIN_TOKEN", adminToken,
                "DEMO_DATA_DIR", folder.resolve("data").toString(),
                "DEMO_PROVIDER_URL", "http://127.0.0.1:" + provider.port() + "/v1"));
    return switch (source.loader().load(source.gatewayFile())) {
      case Checked.Valid<Snapshot> valid -> Gateway.start(source, valid.value());
      case Checked.Faulty<Snapshot> faulty ->
          throw new IllegalStateException(faulty.faults().toString());
    };
  }

  /**
   * @param port 0 for any free one, as for {@code opsPort}
   * @throws IOException when a port cannot be had
   */
  public static Demo start(int port, int opsPort) throws IOException {
    Path folder = Files.createTempDirectory("tollgate-demo");
    try {
      return new Demo(folder, port, opsPort);
    } catch (IOException | RuntimeException failure) {
      delete(folder);
      throw failure;
    }
  }

  public int publicPort() {
    return gateway.publicPort();
  }

  public int opsPort() {
    return gateway.opsPort();
  }

  /** Of this run only. */
  public String adminToken() {
    return adminToken;
  }

  private HttpServer provider(SecureRandom random) throws IOException {
    EventLoop loop = loops.lanes().getFirst();
    RefusalRenderer refusals =
        (refusal, path, id) ->
            Reply.json(refusal.status(), "{\"error\":{\"message\":\"simulated provider\"}}");
    Router.Builder router = Router.builder(refusals);
    SimulatedProvider.handlers("", SimulatorSettings.of(MODELS), InstantSource.system())
        .forEach((route, handler) -> router.route(route.method(), route.path(), handler));
    Router routes = router.build();
    return new HttpServer(
        HttpServerSettings.builder().host("127.0.0.1").port(0).build(),
        loop,
        List.of(loop),
        anyLoop -> routes,
        () -> new Ids(random),
        InstantSource.system(),
        ServerListener.NONE);
  }

  private void copy(String file) throws IOException {
    try (InputStream resource = Demo.class.getResourceAsStream("/demo/" + file)) {
      if (resource == null) {
        throw new IOException("the jar lacks demo/" + file);
      }
      Files.copy(resource, folder.resolve(file));
    }
  }

  @Override
  public void close() {
    gateway.close();
    provider.stop().toCompletableFuture().join();
    loops.close();
    delete(folder);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException left) {
      // It is in the system's folder for temporary files, which is swept.
    }
  }
}
