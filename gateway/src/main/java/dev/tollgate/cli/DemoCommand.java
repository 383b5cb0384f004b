package dev.tollgate.cli;

import dev.tollgate.app.Demo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tollgate demo}: everything embedded, and what to paste. */
@Command(
    name = "demo",
    description = "Runs a gateway with everything embedded, a simulated provider, $10 and a key.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final int PORT = 8080;
  private static final int OPS_PORT = 9090;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--port",
      description = "For customers; 8080 if it is free, else any. 0 takes any.")
  private @Nullable Integer port;

  @Option(names = "--ops-port", description = "For operators; 9090 if it is free, else any.")
  private @Nullable Integer opsPort;

  @Override
  public Integer call() throws InterruptedException {
    return Foreground.run(
        () -> Demo.start(orFree(port, PORT), orFree(opsPort, OPS_PORT)),
        demo -> Output.of(spec).line(whatToPaste(demo, newKey(demo))));
  }

  /** Of a new account with $10. */
  private static String newKey(Demo demo) {
    ApiClient admin = new ApiClient("http://127.0.0.1:" + demo.opsPort(), demo.adminToken());
    String account =
        admin.post("/admin/v1/accounts", Map.of("name", "Demo"), null).path("id").asString();
    String path = "/admin/v1/accounts/" + account;
    admin.post(path + "/credits", Map.of("amount_usd", 10, "kind", "topup"), null);
    return admin.post(path + "/keys", Map.of("name", "demo"), null).path("key").asString();
  }

  private static String whatToPaste(Demo demo, String key) {
    String url = "http://127.0.0.1:" + demo.publicPort();
    String ops = "http://127.0.0.1:" + demo.opsPort();
    return """

    Tollgate is running. It stops with Ctrl-C, and forgets everything.

      base URL   %1$s/v1   (Anthropic's SDK: %1$s)
      API key    %2$s   ($10.00)
      console    %1$s/account   (sign in with that key)
      metrics    %3$s/metrics
      admin      TOLLGATE_ADMIN_TOKEN=%4$s gateway/bin/tollgate accounts list --ops-url %3$s

    # a first call
    curl -s %1$s/v1/chat/completions -H "Authorization: Bearer %2$s" -H "Content-Type: application/json" \\
      -d '{"model":"llama-3.3-70b","messages":[{"role":"user","content":"Hello"}]}'

    # the same, streamed
    curl -sN %1$s/v1/chat/completions -H "Authorization: Bearer %2$s" -H "Content-Type: application/json" \\
      -d '{"model":"llama-3.3-70b","stream":true,"messages":[{"role":"user","content":"Hello"}]}'

    # what is left
    TOLLGATE_API_KEY=%2$s gateway/bin/tollgate balance --url %1$s
    """
        .formatted(url, key, ops, demo.adminToken());
  }

  private static int orFree(@Nullable Integer asked, int usual) {
    if (asked != null) {
      return asked;
    }
    try (ServerSocket probe = new ServerSocket(usual, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    } catch (IOException taken) {
      return 0;
    }
  }
}
