package dev.tollgate.app;

import dev.tollgate.archive.Restore;
import dev.tollgate.config.Checked;
import dev.tollgate.config.Snapshot;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.TestCertificate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A whole gateway on free ports before a fake provider, on the tests' Redis, from real files in a
 * folder of its own. What it answers about accounts comes through the doors, as it would to an
 * operator; only {@link #lastSettlement} looks into Redis.
 */
final class GatewayForTests implements AutoCloseable {
  static final String PROVIDER_KEY = "the-providers-key";
  static final int BODY_BYTES_MAX = 1 << 20;

  private static final String ADMIN_TOKEN = "for-tests-only";

  /** Round prices, for tests that reckon by hand. */
  private static final String MODELS =
      """
        llama-3.3-70b:
          targets: [ { provider: openai-fake, model: llama-3.3-70b } ]
          prices: { input: 0.20, output: 0.60 }
          max_output_tokens: 8192
        bge-large-en-v1.5:
          targets: [ { provider: openai-fake, model: bge-large-en-v1.5 } ]
          prices: { input: 0.01 }
        claude-sonnet:
          targets: [ { provider: anthropic-fake, model: claude-sonnet } ]
          prices: { input: 3, output: 15 }
          max_output_tokens: 8192
        gemini-flash:
          targets: [ { provider: gemini-fake, model: gemini-flash } ]
          prices: { input: 0.30, output: 2.50 }
          max_output_tokens: 8192
      """;

  /**
   * What is not as usual.
   *
   * @param silenceMax how long the provider may say nothing, as {@code 2s}
   * @param tls certificate and key of the public port, as YAML; empty for none
   * @param trust a PEM file that both providers' certificates are checked by; empty for none
   * @param providers more of them, as YAML lines
   * @param models more of them, likewise
   * @param redis another than the one that all tests share, as YAML; empty for that
   * @param limits more of them, as YAML lines
   * @param rates what else stands on the card, as YAML lines
   * @param archive another than the one of all gateways on that Redis, as a URL; empty for that
   */
  record Setup(
      String onDisconnect,
      String silenceMax,
      String tls,
      String trust,
      String providers,
      String models,
      String redis,
      String limits,
      String rates,
      String archive) {
    static final Setup USUAL = new Setup("drain", "30s", "", "", "", "", "", "", "", "");

    Setup rates(String more) {
      return new Setup(
          onDisconnect, silenceMax, tls, trust, providers, models, redis, limits, more, archive);
    }

    Setup redis(String yaml) {
      return new Setup(
          onDisconnect, silenceMax, tls, trust, providers, models, yaml, limits, rates, archive);
    }

    Setup archive(String url) {
      return new Setup(
          onDisconnect, silenceMax, tls, trust, providers, models, redis, limits, rates, url);
    }

    Setup limits(String more) {
      return new Setup(
          onDisconnect, silenceMax, tls, trust, providers, models, redis, more, rates, archive);
    }

    Setup onDisconnect(String what) {
      return new Setup(
          what, silenceMax, tls, trust, providers, models, redis, limits, rates, archive);
    }

    Setup silenceMax(String time) {
      return new Setup(
          onDisconnect, time, tls, trust, providers, models, redis, limits, rates, archive);
    }

    Setup with(String moreProviders, String moreModels) {
      return new Setup(
          onDisconnect,
          silenceMax,
          tls,
          trust,
          moreProviders,
          moreModels,
          redis,
          limits,
          rates,
          archive);
    }

    Setup secured(TestCertificate ours, TestCertificate theirs) {
      String files =
          ", tls: { certificate: \"%s\", private_key: \"%s\" }"
              .formatted(ours.certificatePem(), ours.privateKeyPem());
      String trusted = theirs.certificatePem().toString();
      return new Setup(
          onDisconnect,
          silenceMax,
          files,
          trusted,
          providers,
          models,
          redis,
          limits,
          rates,
          archive);
    }
  }

  private record Owner(String account, String key, long creditNanoUsd) {}

  private final FakeProvider provider;
  private final Setup setup;
  private final Path folder;
  private final Gateway gateway;
  private final AtomicLong stoppedMillis = new AtomicLong();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, Owner> owners;

  private GatewayForTests(FakeProvider provider, Setup setup, Map<String, Owner> owners)
      throws IOException {
    this(provider, setup, owners, UnaryOperator.identity());
  }

  private GatewayForTests(
      FakeProvider provider,
      Setup setup,
      Map<String, Owner> owners,
      UnaryOperator<OpenBooks> seenThrough)
      throws IOException {
    this.provider = provider;
    this.setup = setup;
    this.owners = owners;
    this.folder = Files.createTempDirectory("tg");
    Files.writeString(
        folder.resolve("rates.yaml"),
        TestCard.yaml("openai-fake", "anthropic-fake", "gemini-fake", "cohere-fake")
            + MODELS
            + setup.models().indent(2)
            + setup.rates());
    Files.writeString(folder.resolve("gateway.yaml"), gatewayYaml());
    ConfigSource source =
        ConfigSource.of(
            folder.resolve("gateway.yaml"),
            Map.of("ADMIN_TOKEN", ADMIN_TOKEN, "PROVIDER_KEY", PROVIDER_KEY));
    this.gateway =
        switch (source.loader().load(source.gatewayFile())) {
          case Checked.Valid<Snapshot> valid ->
              Gateway.start(source, valid.value(), time(), seenThrough);
          case Checked.Faulty<Snapshot> faulty -> throw new AssertionError(faulty.faults());
        };
  }

  /** From here on it is this time, for the gateway and the ledger, and stays so until set again. */
  void setClock(Instant now) {
    stoppedMillis.set(now.toEpochMilli());
  }

  private GatewayClock time() {
    return new GatewayClock(
        () -> stoppedMillis.get() == 0 ? Instant.now() : Instant.ofEpochMilli(stoppedMillis.get()),
        stoppedMillis::get);
  }

  static GatewayForTests start(FakeProvider provider) throws IOException {
    return start(provider, Setup.USUAL);
  }

  static GatewayForTests start(FakeProvider provider, Setup setup) throws IOException {
    return new GatewayForTests(provider, setup, new ConcurrentHashMap<>());
  }

  /** With something between the archive and who reads it. */
  static GatewayForTests startSeenThrough(
      FakeProvider provider, UnaryOperator<OpenBooks> seenThrough) throws IOException {
    return new GatewayForTests(provider, Setup.USUAL, new ConcurrentHashMap<>(), seenThrough);
  }

  static GatewayForTests start(FakeProvider provider, String onDisconnect) throws IOException {
    return start(provider, Setup.USUAL.onDisconnect(onDisconnect));
  }

  /**
   * @param silenceMax how long the provider may say nothing, as {@code 2s}
   */
  static GatewayForTests startImpatient(FakeProvider provider, String silenceMax)
      throws IOException {
    return start(provider, Setup.USUAL.silenceMax(silenceMax));
  }

  /** One more gateway before the same provider, on the same Redis, with the same keys. */
  GatewayForTests another() throws IOException {
    return new GatewayForTests(provider, setup, owners);
  }

  /** One more gateway that is set up in another way, on the same Redis, with the same keys. */
  GatewayForTests changed(Setup other) throws IOException {
    return new GatewayForTests(provider, other, owners);
  }

  private String gatewayYaml() {
    return """
    listen: { host: 127.0.0.1, port: 0%s }
    ops: { host: 127.0.0.1, port: 0, admin_token: "${ADMIN_TOKEN}" }
    redis: %s
    archive: "%s"
    data_dir: "%s"
    limits:
      requests: { body_bytes_max: %d, untold_millis_max: 3s }
    %sproviders:
    """
            .formatted(
                setup.tls(),
                redisYaml(),
                setup.archive().isEmpty() ? ArchiveForTests.of(redisYaml()) : setup.archive(),
                folder.resolve("data"),
                BODY_BYTES_MAX,
                setup.limits().indent(2))
        + providerYaml("openai-fake", "openai")
        + providerYaml("anthropic-fake", "anthropic")
        + providerYaml("gemini-fake", "gemini")
        + providerYaml("cohere-fake", "cohere")
        + setup.providers().indent(2);
  }

  private String redisYaml() {
    return setup.redis().isEmpty() ? RedisForTests.yaml() : setup.redis();
  }

  private String providerYaml(String name, String dialect) {
    String trust = setup.trust().isEmpty() ? "" : "    trust_certificates: " + setup.trust() + "\n";
    return """
    %s:
      dialect: %s
      base_url: %s
      api_key: "${PROVIDER_KEY}"
      first_byte_millis_max: %s
      idle_millis_max: %s
      on_disconnect: %s
    """
            .formatted(
                name,
                dialect,
                provider.baseUrl(),
                setup.silenceMax(),
                setup.silenceMax(),
                setup.onDisconnect())
            .indent(2)
        + trust;
  }

  /** Puts the ledger back from the archive, as {@code tollgate restore} does with these files. */
  Restore.Outcome rebuildLedger() throws IOException {
    ConfigSource source =
        ConfigSource.of(
            folder.resolve("gateway.yaml"),
            Map.of("ADMIN_TOKEN", ADMIN_TOKEN, "PROVIDER_KEY", PROVIDER_KEY));
    return switch (source.loader().load(source.gatewayFile())) {
      case Checked.Valid<Snapshot> valid -> LedgerRebuild.run(valid.value(), accounts -> {});
      case Checked.Faulty<Snapshot> faulty -> throw new AssertionError(faulty.faults());
    };
  }

  /** What the public port has routes for. */
  Set<String> publicPaths() {
    return gateway.publicPaths();
  }

  URI publicUrl() {
    String scheme = setup.tls().isEmpty() ? "http" : "https";
    return URI.create(scheme + "://127.0.0.1:" + gateway.publicPort());
  }

  URI opsUrl() {
    return URI.create("http://127.0.0.1:" + gateway.opsPort());
  }

  String adminToken() {
    return ADMIN_TOKEN;
  }

  // ---- accounts and keys

  /** A key of a new account with that many USD. */
  String createKey(String usd) throws IOException {
    return createKey(usd, "{}");
  }

  /**
   * @param limits the fields of the key, as JSON
   */
  String createKey(String usd, String limits) throws IOException {
    return createKey(usd, limits, "{\"name\":\"test\"}");
  }

  /**
   * @param newAccount its fields, as JSON
   */
  String createKey(String usd, String limits, String newAccount) throws IOException {
    String account = admin("POST", "/admin/v1/accounts", newAccount).path("id").asString();
    String path = "/admin/v1/accounts/" + account;
    if (Money.parseUsd(usd) > 0) {
      admin("POST", path + "/credits", "{\"amount_usd\":" + usd + ",\"kind\":\"topup\"}");
    }
    JsonNode key = admin("POST", path + "/keys", limits);
    String secret = key.path("key").asString();
    owners.put(secret, new Owner(account, key.path("id").asString(), Money.parseUsd(usd)));
    return secret;
  }

  /** Another key of the same account. */
  String createSibling(String key) throws IOException {
    Owner owner = owner(key);
    JsonNode sibling = admin("POST", accountPath(key) + "/keys", "{}");
    String secret = sibling.path("key").asString();
    owners.put(
        secret, new Owner(owner.account(), sibling.path("id").asString(), owner.creditNanoUsd()));
    return secret;
  }

  void revoke(String key) throws IOException {
    admin("DELETE", accountPath(key) + "/keys/" + owner(key).key(), null);
  }

  void suspend(String key) throws IOException {
    admin("PATCH", accountPath(key), "{\"status\":\"suspended\"}");
  }

  JsonNode changeAccount(String key, String fields) throws IOException {
    return admin("PATCH", accountPath(key), fields);
  }

  JsonNode changeKey(String key, String fields) throws IOException {
    return admin("PATCH", accountPath(key) + "/keys/" + owner(key).key(), fields);
  }

  /** What the door says to a key with these fields. */
  int statusOfKeyCreation(String limits) throws Exception {
    String path = accountPath(createKey("0")) + "/keys";
    HttpRequest request =
        HttpRequest.newBuilder(opsUrl().resolve(path))
            .header("authorization", "Bearer " + ADMIN_TOKEN)
            .POST(HttpRequest.BodyPublishers.ofString(limits))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  long balanceNanoUsd(String key) throws IOException {
    return nanoUsd(admin("GET", accountPath(key), null).path("balance_usd"));
  }

  long heldNanoUsd(String key) throws IOException {
    return nanoUsd(admin("GET", accountPath(key), null).path("held_usd"));
  }

  long spentNanoUsd(String key) throws IOException {
    return owner(key).creditNanoUsd() - balanceNanoUsd(key);
  }

  /** What the key's account was given at first. */
  long creditNanoUsd(String key) {
    return owner(key).creditNanoUsd();
  }

  /** Waits until nothing of the key's account is held any more. */
  void awaitSettled(String key) throws Exception {
    await(() -> heldNanoUsd(key) == 0);
  }

  /** What a request would hold: a key without money is told. */
  long quoteNanoUsd(String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(publicUrl().resolve("/v1/chat/completions"))
            .header("authorization", "Bearer " + createKey("0"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    String refusal = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    Matcher estimate = Pattern.compile("estimated at \\$([0-9.]+) but").matcher(refusal);
    if (!estimate.find()) {
      throw new AssertionError("no estimate in " + refusal);
    }
    return Money.parseUsd(estimate.group(1));
  }

  /** One call of the account API. */
  HttpResponse<String> ask(
      String key, String method, String target, @Nullable String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(publicUrl() + target))
            .header("authorization", "Bearer " + key)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** The document at a path, to the holder of a key. */
  JsonNode get(String key, String target) throws Exception {
    HttpResponse<String> answer = ask(key, "GET", target, null);
    if (answer.statusCode() != 200) {
      throw new AssertionError(target + ": " + answer.statusCode() + " " + answer.body());
    }
    return Json.parse(answer.body().getBytes(StandardCharsets.UTF_8));
  }

  /** Books money to a key's account. */
  void credit(String key, String usd, String kind, String reference) throws IOException {
    admin(
        "POST",
        accountPath(key) + "/credits",
        "{\"amount_usd\":%s,\"kind\":\"%s\",\"reference\":\"%s\"}".formatted(usd, kind, reference));
  }

  /** The document at a path of the ops port. */
  JsonNode ops(String path) throws IOException {
    return admin("GET", path, null);
  }

  /** A key of this test from now on, made by another door. */
  void adopt(String sibling, String keyId, String secret) {
    owners.put(secret, new Owner(owner(sibling).account(), keyId, owner(sibling).creditNanoUsd()));
  }

  /** What the gateway says of a request to the holder of a key: its status and its body. */
  HttpResponse<String> askForGeneration(String key, @Nullable String requestId) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(publicUrl().resolve("/v1/generations/" + requestId))
            .header("authorization", "Bearer " + key)
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** The same of one that is found, once it is over. */
  JsonNode generation(String key, @Nullable String requestId) throws Exception {
    await(() -> !data(key, requestId).path("status").asString().equals("running"));
    return data(key, requestId);
  }

  private JsonNode data(String key, @Nullable String requestId) throws Exception {
    HttpResponse<String> answer = askForGeneration(key, requestId);
    if (answer.statusCode() != 200) {
      throw new AssertionError(requestId + ": " + answer.statusCode() + " " + answer.body());
    }
    return Json.parse(answer.body().getBytes(StandardCharsets.UTF_8)).path("data");
  }

  /** The fields of the newest settlement of the key's account. */
  Map<String, String> lastSettlement(String key) {
    try (RedisForTests redis = RedisForTests.open()) {
      return redis.events(new AccountId(owner(key).account())).stream()
          .filter(event -> "settle".equals(event.get("act")))
          .reduce((earlier, later) -> later)
          .orElseThrow();
    }
  }

  // ---- configuration and metrics

  void editRates(UnaryOperator<String> edit) throws IOException {
    Path file = folder.resolve("rates.yaml");
    Files.writeString(file, edit.apply(Files.readString(file)));
  }

  String configDocument() throws IOException {
    return Json.write(admin("GET", "/admin/v1/config", null));
  }

  String metrics() throws IOException {
    return new String(call("GET", "/metrics", null), StandardCharsets.UTF_8);
  }

  /** What {@code /health/ready} says: its status and its body. */
  String readiness() throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(opsUrl().resolve("/health/ready")).build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  /** Waits for a condition, and fails after half a minute. */
  void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException("the condition did not come true");
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  KeyRef keyRef(String key) {
    return new KeyRef(accountId(key), new KeyId(owner(key).key()));
  }

  AccountId accountId(String key) {
    return new AccountId(owner(key).account());
  }

  /** A Redis key in the slot of the account. */
  String shardOf(String key) {
    return RedisForTests.shardOf(accountId(key));
  }

  private String accountPath(String key) {
    return "/admin/v1/accounts/" + owner(key).account();
  }

  private Owner owner(String key) {
    Owner owner = owners.get(key);
    if (owner == null) {
      throw new IllegalArgumentException("not a key of this test");
    }
    return owner;
  }

  private JsonNode admin(String method, String path, @Nullable String body) throws IOException {
    return Json.parse(call(method, path, body));
  }

  private byte[] call(String method, String path, @Nullable String body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(opsUrl().resolve(path))
            .header("authorization", "Bearer " + ADMIN_TOKEN)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() / 100 != 2) {
        throw new IOException(
            method
                + " "
                + path
                + ": "
                + response.statusCode()
                + " "
                + new String(response.body(), StandardCharsets.UTF_8));
      }
      return response.body();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  private static long nanoUsd(JsonNode usd) {
    return Money.ofUsd(usd.decimalValue());
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    http.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
