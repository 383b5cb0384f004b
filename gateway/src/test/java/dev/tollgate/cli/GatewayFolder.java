package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.LedgerSettings;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * A folder with the files and the data of one gateway, which may be served from it again and again.
 * Close it at the end of the test.
 */
final class GatewayFolder {
  static final String ADMIN_TOKEN = "for-tests-only";

  /** Of one input token and of one output token, in nano-USD. */
  static final long INPUT_NANO_USD = 200;

  static final long OUTPUT_NANO_USD = 600;

  private static final int READY_SECONDS_MAX = 60;
  private static final int REDIS_GONE_SECONDS_MAX = 5;

  private static final String RATES =
      """
      models:
        llama-3.3-70b:
          targets: [ { provider: fake, model: llama-3.3-70b } ]
          prices: { input: 0.20, output: 0.60 }
          max_output_tokens: 8192
      training: { toll-base: { per_mtok_epoch: 10 } }
      plans: { pro: { name: Pro, monthly_fee: 49, rpm: 3000 } }
      """;

  private final Path folder;
  private final List<TollgateProcess> started = new ArrayList<>();

  private GatewayFolder(Path folder) {
    this.folder = folder;
  }

  /** Writes files with which it can be served on free ports, before this provider. */
  static GatewayFolder of(Path folder, FakeProvider provider) throws IOException {
    GatewayFolder made = new GatewayFolder(folder.toRealPath());
    Files.createDirectory(made.temporary());
    Files.writeString(made.folder.resolve("rates.yaml"), RATES);
    made.write(
        """
        listen: { host: 127.0.0.1, port: 0 }
        ops: { host: 127.0.0.1, port: 0, admin_token: "${TOLLGATE_ADMIN_TOKEN}" }
        data_dir: "%s"
        redis: embedded
        rate_card: rates.yaml
        providers:
          fake: { dialect: openai, base_url: "%s" }
        """
            .formatted(made.data(), provider.baseUrl()));
    return made;
  }

  Path gatewayFile() {
    return folder.resolve("gateway.yaml");
  }

  void write(String gatewayYaml) throws IOException {
    Files.writeString(gatewayFile(), gatewayYaml);
  }

  void replace(String part, String by) throws IOException {
    String before = Files.readString(gatewayFile());
    assertThat(before).contains(part);
    write(before.replace(part, by));
  }

  Path data() {
    return folder.resolve("data");
  }

  private Path temporary() {
    return folder.resolve("tmp");
  }

  /** Begins to serve; it may not come to be ready. */
  TollgateProcess start() throws IOException {
    return start(Map.of("TOLLGATE_ADMIN_TOKEN", ADMIN_TOKEN));
  }

  TollgateProcess start(Map<String, String> environment) throws IOException {
    return run(environment, "serve", "--config", gatewayFile().toString());
  }

  /** Any command. It is ended with this. */
  TollgateProcess run(Map<String, String> environment, String... arguments) throws IOException {
    TollgateProcess process = TollgateProcess.start(temporary(), environment, arguments);
    started.add(process);
    return process;
  }

  /** Serves, and waits until it is ready. */
  ServingGateway serve() throws Exception {
    TollgateProcess process = start();
    Matcher ready = process.awaitLine(READY_SECONDS_MAX, "ready public=(\\d+) ops=(\\d+)");
    return new ServingGateway(
        process, Integer.parseInt(ready.group(1)), Integer.parseInt(ready.group(2)));
  }

  /** The events of an account, oldest first, from the Redis of the gateway that serves now. */
  List<Map<String, String>> events(String account) throws IOException {
    try (RedisForTests redis = RedisForTests.open(LedgerSettings.of("unix:" + socket()), 1)) {
      return redis.events(new AccountId(account));
    }
  }

  /** Behind the gateway's back, as nobody should. */
  void changeBalance(String account, long nanoUsd) throws IOException {
    try (RedisForTests redis = RedisForTests.open(LedgerSettings.of("unix:" + socket()), 1)) {
      redis.changeBalance(new AccountId(account), nanoUsd);
    }
  }

  /** It lies elsewhere when this folder's name is long. */
  private Path socket() throws IOException {
    Path note = data().resolve("redis/socket-directory");
    Path directory =
        Files.exists(note) ? Path.of(Files.readString(note).strip()) : data().resolve("redis");
    return directory.resolve("redis.sock");
  }

  /** The redis-server of the gateway that serves now. */
  ProcessHandle redis() throws IOException {
    String pid = Files.readString(data().resolve("redis/redis.pid")).strip();
    return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
  }

  /** Waits until no process has anything to do with the data, for as long as is promised. */
  void awaitNoRedis() throws Exception {
    Leftovers.awaitNone(data(), REDIS_GONE_SECONDS_MAX);
  }

  /** Kills what still runs. */
  void close() throws Exception {
    for (TollgateProcess process : started) {
      process.close();
    }
    awaitNoRedis();
  }
}
