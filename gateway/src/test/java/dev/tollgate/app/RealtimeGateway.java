package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ProviderSocket;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.provider.Script;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A gateway that sells a model of the Realtime API, before a provider that plays what a test says:
 * for the tests of a class, one after the other. What a test changes of its files holds for the
 * sessions that it opens, and is as before when it ends.
 */
final class RealtimeGateway implements AutoCloseable {
  static final String MODEL = RealtimeAnswers.MODEL;

  /** First {@code first}, which is the same provider below that path. */
  static final String OF_TWO_TARGETS = "of-two-targets";

  static final String ASKS = "{\"type\":\"response.create\"}";

  /** Ten words, which are taken for ten tokens. */
  static final String TEXT = "one two three four five six seven eight nine ten";

  static final long TEXT_NANO_USD = 10 * 16_710L;

  private static final String DRAINS = "on_disconnect: drain";
  private static final String CANCELS = "on_disconnect: cancel";
  private static final String LIMITS = "realtime: { close_millis_max: 5s }";

  private final FakeProvider provider;
  private final GatewayForTests gateway;
  private volatile CompletableFuture<ProviderSocket> theirs = new CompletableFuture<>();
  private volatile CountDownLatch goOn = new CountDownLatch(1);
  private boolean isChanged;
  private boolean isWithdrawn;

  private RealtimeGateway(FakeProvider provider, GatewayForTests gateway) {
    this.provider = provider;
    this.gateway = gateway;
  }

  static RealtimeGateway start(long seed) throws IOException {
    FakeProvider provider = FakeProvider.start(seed);
    String first =
        "first: { dialect: openai, base_url: \"%s/first\", api_key: \"${PROVIDER_KEY}\" }\n"
            .formatted(provider.baseUrl());
    String ofTwo =
        RealtimeAnswers.yaml("openai-fake")
            .replaceFirst(MODEL, OF_TWO_TARGETS)
            .replace("[ {", "[ { provider: first, model: m }, {");
    GatewaySetup setup = setup("").with(first, RealtimeAnswers.yaml("openai-fake") + ofTwo);
    return new RealtimeGateway(provider, GatewayForTests.start(provider, setup));
  }

  /**
   * @param moreLimits as YAML lines
   */
  static GatewaySetup setup(String moreLimits) {
    return GatewaySetup.USUAL
        .with("", RealtimeAnswers.yaml("openai-fake"))
        .limits(LIMITS + "\n" + moreLimits);
  }

  GatewayForTests gateway() {
    return gateway;
  }

  FakeProvider provider() {
    return provider;
  }

  // ---- what the provider does

  void playing(ProviderSocket.Talk talk) {
    provider.onHead(
        "/realtime",
        request ->
            Script.socket(
                socket -> {
                  theirs.complete(socket);
                  talk.talk(socket);
                }));
  }

  /** The provider's end of the test's first session. */
  ProviderSocket theirs() throws InterruptedException, ExecutionException, TimeoutException {
    return theirs.get(20, TimeUnit.SECONDS);
  }

  /** A provider waits for the test. */
  void awaitWord() throws InterruptedException {
    assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
  }

  /** The test says so. */
  void goOn() {
    goOn.countDown();
  }

  // ---- what is configured

  /** These are the limits of sessions that begin from now on, in this test. */
  void limiting(String fields) throws IOException {
    change(LIMITS, "realtime: { " + fields + " }");
  }

  /** Responses of clients that hang up are cancelled, in this test. */
  void cancelling() throws IOException {
    change(DRAINS, CANCELS);
  }

  /** The model is sold no more, in this test. */
  void withdrawing() throws IOException {
    isWithdrawn = true;
    gateway.editRates(rates -> rates.replace("  " + MODEL + ":", "  withdrawn:"));
    reload();
  }

  private void change(String usual, String unusual) throws IOException {
    gateway.editGateway(yaml -> yaml.replace(usual, unusual));
    isChanged = true;
    reload();
  }

  private void reload() throws IOException {
    assertThat(gateway.admin("POST", "/admin/v1/reload", null).path("faults")).isEmpty();
  }

  /** Everything is as before, and the provider has seen nothing, and has nothing to do. */
  void endTest() throws Exception {
    goOn();
    gateway.await(() -> provider.account().openNow() == 0);
    provider.account().takeAll();
    theirs = new CompletableFuture<>();
    goOn = new CountDownLatch(1);
    if (isWithdrawn) {
      isWithdrawn = false;
      gateway.editRates(rates -> rates.replace("  withdrawn:", "  " + MODEL + ":"));
      reload();
    }
    if (isChanged) {
      isChanged = false;
      gateway.editGateway(
          yaml -> yaml.replace(CANCELS, DRAINS).replaceAll("realtime: \\{[^}]*}", LIMITS));
      reload();
    }
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    provider.close();
  }
}
