package dev.tollgate.app;

import dev.tollgate.archive.Restore;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A whole gateway on free ports before a fake provider, on the tests' Redis, from real files in a
 * folder of its own, with accounts and keys for its customers. What it answers about accounts comes
 * through the doors, as it would to an operator; only {@link #lastSettlement} looks into Redis.
 */
final class GatewayForTests extends AskedGateway {
  private static final Pattern ESTIMATE = Pattern.compile("estimated at \\$([0-9.]+) but");

  private record Owner(String account, String key, long creditNanoUsd) {}

  private final FakeProvider provider;
  private final GatewaySetup setup;
  private final GatewayFiles files;
  private final Gateway gateway;
  private final AtomicLong stoppedMillis = new AtomicLong();
  private final Map<String, Owner> owners;

  private GatewayForTests(
      FakeProvider provider,
      GatewaySetup setup,
      Map<String, Owner> owners,
      UnaryOperator<OpenBooks> seenThrough)
      throws IOException {
    this.provider = provider;
    this.setup = setup;
    this.owners = owners;
    this.files = GatewayFiles.write(provider, setup);
    this.gateway = Gateway.start(files.source(), files.read(), time(), seenThrough);
  }

  // ---- starting

  static GatewayForTests start(FakeProvider provider) throws IOException {
    return start(provider, GatewaySetup.USUAL);
  }

  static GatewayForTests start(FakeProvider provider, GatewaySetup setup) throws IOException {
    return new GatewayForTests(
        provider, setup, new ConcurrentHashMap<>(), UnaryOperator.identity());
  }

  /** With something between the archive and who reads it. */
  static GatewayForTests startSeenThrough(
      FakeProvider provider, UnaryOperator<OpenBooks> seenThrough) throws IOException {
    return new GatewayForTests(
        provider, GatewaySetup.USUAL, new ConcurrentHashMap<>(), seenThrough);
  }

  /** One more gateway before the same provider, on the same Redis, with the same keys. */
  GatewayForTests another() throws IOException {
    return changed(setup);
  }

  /** One more gateway that is set up in another way, on the same Redis, with the same keys. */
  GatewayForTests changed(GatewaySetup other) throws IOException {
    return new GatewayForTests(provider, other, owners, UnaryOperator.identity());
  }

  /** From here on it is this time, for the gateway and the ledger, and stays so until set again. */
  void setClock(Instant now) {
    stoppedMillis.set(now.toEpochMilli());
  }

  /** From here on it is the time that it is. */
  void runClock() {
    stoppedMillis.set(0);
  }

  private GatewayClock time() {
    return new GatewayClock(
        () -> stoppedMillis.get() == 0 ? Instant.now() : Instant.ofEpochMilli(stoppedMillis.get()),
        stoppedMillis::get);
  }

  void editRates(UnaryOperator<String> edit) throws IOException {
    files.editRates(edit);
  }

  void editGateway(UnaryOperator<String> edit) throws IOException {
    files.editGateway(edit);
  }

  /** Puts the ledger back from the archive, as {@code tollgate restore} does with these files. */
  Restore.Outcome rebuildLedger() throws IOException {
    return LedgerRebuild.run(files.read(), accounts -> {});
  }

  /** What the public port has routes for. */
  Set<String> publicPaths() {
    return gateway.publicPaths();
  }

  /** What the ops port has routes for. */
  Set<String> opsPaths() {
    return gateway.opsPaths();
  }

  @Override
  URI publicUrl() {
    return URI.create(
        (setup.isSecured() ? "https" : "http") + "://127.0.0.1:" + gateway.publicPort());
  }

  @Override
  URI opsUrl() {
    return URI.create("http://127.0.0.1:" + gateway.opsPort());
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
  int statusOfKeyCreation(String limits) throws IOException {
    return askOps(adminToken(), "POST", accountPath(createKey("0")) + "/keys", limits).statusCode();
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
  long quoteNanoUsd(String body) throws IOException {
    String refusal = ask(createKey("0"), "POST", "/v1/chat/completions", body).body();
    Matcher estimate = ESTIMATE.matcher(refusal);
    if (!estimate.find()) {
      throw new AssertionError("no estimate in " + refusal);
    }
    return Money.parseUsd(estimate.group(1));
  }

  /** Books money to a key's account. */
  void credit(String key, String usd, String kind, String reference) throws IOException {
    admin(
        "POST",
        accountPath(key) + "/credits",
        "{\"amount_usd\":%s,\"kind\":\"%s\",\"reference\":\"%s\"}".formatted(usd, kind, reference));
  }

  /** A key of this test from now on, made by another door. */
  void adopt(String sibling, String keyId, String secret) {
    owners.put(secret, new Owner(owner(sibling).account(), keyId, owner(sibling).creditNanoUsd()));
  }

  /** What the gateway says of a request to the holder of a key. */
  HttpResponse<String> askForGeneration(String key, @Nullable String requestId) throws IOException {
    return ask(key, "GET", "/v1/generations/" + requestId, null);
  }

  /** The same of one that is found, once it is over. */
  JsonNode generation(String key, @Nullable String requestId) throws Exception {
    await(() -> !data(key, requestId).path("status").asString().equals("running"));
    return data(key, requestId);
  }

  private JsonNode data(String key, @Nullable String requestId) throws IOException {
    return get(key, "/v1/generations/" + requestId).path("data");
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

  /** Where operators find the account of a key. */
  String accountPath(String key) {
    return "/admin/v1/accounts/" + owner(key).account();
  }

  private Owner owner(String key) {
    Owner owner = owners.get(key);
    if (owner == null) {
      throw new IllegalArgumentException("not a key of this test");
    }
    return owner;
  }

  private static long nanoUsd(JsonNode usd) {
    return Money.ofUsd(usd.decimalValue());
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    super.close();
    files.close();
  }
}
