package dev.tollgate.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.dialect.PromptReader;
import dev.tollgate.dialect.RequestHead;
import dev.tollgate.dialect.Variant;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.RequestFacts;
import dev.tollgate.ledger.Settlement;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.Target;
import dev.tollgate.pricing.TopUpRates;
import dev.tollgate.upstream.ProviderSettings;
import io.netty.buffer.Unpooled;
import java.net.URI;
import java.util.List;
import java.util.Map;

/** Parts of purchases that tests begin from. */
final class Purchases {
  static final KeyRef KEY = new KeyRef(new AccountId("acct_1"), new KeyId("key_1"));
  static final String MODEL = "llama";
  static final Target TARGET = new Target("acme", "llama-3");

  /** Nano-USD per million: 200 and 600 nano-USD a token. */
  static final Prices PRICES =
      Prices.builder().set(Meter.INPUT, 200_000_000).set(Meter.OUTPUT, 600_000_000).build();

  private static final Dialects DIALECTS = new Dialects("/topup", MeterSettings.DEFAULTS);

  private Purchases() {}

  static Endpoint endpoint(String path) {
    return DIALECTS.all().stream()
        .flatMap(dialect -> dialect.endpoints().stream())
        .filter(endpoint -> endpoint.path().equals(path))
        .findFirst()
        .orElseThrow();
  }

  static Endpoint chat() {
    return endpoint("/v1/chat/completions");
  }

  static Prompt prompt(Endpoint endpoint, String body) {
    PromptReader reader = endpoint.newPromptReader(new RequestHead("application/json", Map.of()));
    reader.read(Unpooled.wrappedBuffer(body.getBytes(UTF_8)));
    return ((PromptReader.Result.Understood) reader.end()).prompt();
  }

  /** Of text that weighs 17 bytes in two messages, with a cap of 100 tokens. */
  static Prompt prompt() {
    return prompt(
        chat(),
        """
        {"model":"llama","max_tokens":100,
         "messages":[{"role":"user","content":"Hello "},{"role":"user","content":"world!"}]}
        """);
  }

  static ModelRates rates(Prices prices, Target... targets) {
    return new ModelRates(
        MODEL,
        List.of(targets),
        prices,
        List.of(),
        Map.of(),
        ModelRates.UNBOUNDED,
        ModelRates.UNBOUNDED);
  }

  static Provider provider(String name, String dialect) {
    URI nowhere = URI.create("http://127.0.0.1:1");
    return new Provider(
        ProviderSettings.of(name, dialect, nowhere, "secret"), Variant.STANDARD, true);
  }

  /** A card with that model alone. */
  static RateCard card(ModelRates rates) {
    return new RateCard(
        Map.of(rates.name(), rates),
        List.of(),
        Map.of(),
        List.of(),
        new TopUpRates(1, 1, List.of()),
        Map.of(),
        1);
  }

  static RequestId request(int number) {
    return new RequestId("req_" + number);
  }

  static Settlement settlement(int number) {
    RequestFacts facts =
        new RequestFacts("/v1/chat/completions", MODEL, "", "", 200, false, "", "", 0, 0, 0);
    return new Settlement(
        request(number), KEY, "debit_inference", 5, 5, 10, Usage.of(Meter.INPUT, 1), facts);
  }
}
