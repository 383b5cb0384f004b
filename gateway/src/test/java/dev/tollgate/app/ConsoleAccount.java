package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.AnthropicAnswers;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;

/** A gateway with all that the console shows, and an account that has used it for weeks. */
final class ConsoleAccount implements AutoCloseable {
  private static final String RATES =
      """
      plans:
        developer: { name: Developer, monthly_fee: 29, rpm: 600, allowances: { knowledge_bases: 5, storage_gb: 5 } }
        pro: { name: Pro, monthly_fee: 49, rpm: 3000, allowances: { knowledge_bases: 10, storage_gb: 10 } }
        enterprise: { name: Enterprise, rpm: 10000, allowances: { knowledge_bases: unlimited } }
      """;

  final GatewayForTests gateway;
  private final FakeProvider provider;

  ConsoleAccount(long seed) throws IOException {
    provider = FakeProvider.start(seed);
    Random random = new Random(seed);
    OpenAiAnswers openAi = new OpenAiAnswers(seed);
    AnthropicAnswers anthropic = new AnthropicAnswers(seed);
    provider.on(
        "/chat/completions",
        request -> openAi.reporting(usage(random, 60_000)).chat(request).script());
    provider.on(
        "/messages",
        request -> anthropic.reporting(usage(random, 8_000)).messages(request).script());
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.sellingPremium(provider, PayingGateway.PACKAGES + RATES)
                .simulatingPayments()
                .limits(InvoicedAccount.LIMITS));
  }

  /** Of a long conversation, much of which was cached. */
  private static ServedUsage usage(Random random, int most) {
    long input = 1L + random.nextInt(most);
    return new ServedUsage(input, random.nextInt(most), 0, 0, 1L + random.nextInt(4_000), 0);
  }

  /** A key named {@code Production} of a new account with that many USD. */
  String newKey(String usd) throws IOException {
    return gateway.createKey(usd, "{\"name\":\"Production\"}");
  }

  /** Three metered calls of different kinds. */
  void use(String key, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      ask(key, "/v1/chat/completions", "llama-3.3-70b");
    }
    ask(key, "/v1/messages", "claude-sonnet");
    assertThat(gateway.ask(key, "GET", "/api/premium/routing", null).statusCode()).isEqualTo(200);
    gateway.awaitSettled(key);
  }

  private void ask(String key, String path, String model) throws IOException {
    String body =
        """
        {"model":"%s","max_tokens":8000,"messages":[{"role":"user","content":"Is a toll fair?"}]}\
        """
            .formatted(model);
    assertThat(gateway.ask(key, "POST", path, body).statusCode()).isEqualTo(200);
  }

  /**
   * A key of an account that has an invoice for last month, and has used something on most days
   * since then.
   */
  String keyWithHistory(int days) throws Exception {
    gateway.setClock(InvoicedAccount.lastMonth());
    String key = newKey("100");
    String sibling = gateway.createSibling(key);
    gateway.changeKey(sibling, "{\"name\":\"Staging\"}");
    use(key, 24);
    for (int day = days; day > 0; day--) {
      Instant midnight = Instant.now().truncatedTo(ChronoUnit.DAYS).minus(Duration.ofDays(day));
      if (midnight.isAfter(InvoicedAccount.lastMonth()) && day % 7 != 3) {
        gateway.setClock(midnight.plus(Duration.ofSeconds(40_000 + 1_237 * day)));
        use(day % 5 == 0 ? sibling : key, 1 + day * day % 5);
      }
    }
    gateway.runClock();
    gateway.await(() -> invoices(key) > 0);
    return key;
  }

  private long invoices(String key) throws IOException {
    return gateway.get(key, "/v1/billing/invoices").path("meta").path("total").asLong();
  }

  /** What the account's newest entries are, as the API has them: description and exact amount. */
  List<String> entries(String key) throws IOException {
    return gateway
        .get(key, "/v1/billing/transactions")
        .path("data")
        .valueStream()
        .map(
            entry ->
                entry.path("description").asString()
                    + " "
                    + entry.path("amount_usd").decimalValue().toPlainString())
        .toList();
  }

  /** Which plan it is on; empty for none. */
  String plan(String key) throws IOException {
    return gateway.get(key, "/v1/billing/plan").path("data").path("plan").asString("");
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    provider.close();
  }
}
