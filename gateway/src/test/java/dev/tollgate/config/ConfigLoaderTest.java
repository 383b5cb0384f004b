package dev.tollgate.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.dialect.Variant;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Period;
import dev.tollgate.ledger.LedgerSettings;
import dev.tollgate.ledger.RedisAddress;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.QuoteRatios;
import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.Target;
import dev.tollgate.proxy.Provider;
import dev.tollgate.upstream.HeaderEdits;
import dev.tollgate.upstream.HealthCheckSettings;
import dev.tollgate.upstream.ProviderSettings;
import dev.tollgate.upstream.ProxyAddress;
import dev.tollgate.upstream.Reach;
import dev.tollgate.upstream.StatusRange;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
  @TempDir private Path directory;

  private Snapshot load(String gateway, String rates) {
    return new ConfigFiles(directory).write(gateway, rates).valid();
  }

  @Test
  void gatewayFile_withTheLeast_hasDefaultsForTheRest() {
    GatewayConfig config = load(ConfigFiles.GATEWAY, ConfigFiles.RATES).gateway();

    assertThat(config.listen()).isEqualTo(new GatewayConfig.Listen("0.0.0.0", 8080, null));
    assertThat(config.ops())
        .isEqualTo(new GatewayConfig.Ops("127.0.0.1", 9090, "token-of-the-operator"));
    assertThat(config.publicUrl()).isNull();
    assertThat(config.dataDir()).isEqualTo(Path.of("./data"));
    assertThat(config.redis()).isEqualTo(new GatewayConfig.Redis.Embedded());
    assertThat(config.keyPrefix()).isEqualTo("tg_live_");
    assertThat(config.limits().quotes()).isEqualTo(QuoteSettings.DEFAULT);
    assertThat(config.providers())
        .containsOnlyKeys("acme")
        .containsValue(
            new Provider(
                ProviderSettings.of(
                    "acme",
                    "openai",
                    URI.create("https://api.acme.example/v1"),
                    ConfigFiles.SECRET),
                Variant.STANDARD,
                true));
  }

  private Provider acme(String more) {
    GatewayConfig config = load(ConfigFiles.GATEWAY + more.indent(4), ConfigFiles.RATES).gateway();
    return ConfigFiles.named(config.providers(), "acme");
  }

  @Test
  void baseUrl_withAPlaceForTheModel_isAUri_andKeepsNoFiles() {
    Provider provider =
        ConfigFiles.named(
            load(
                    ConfigFiles.GATEWAY.replace(
                        "https://api.acme.example/v1",
                        "\"https://x.openai.azure.com/openai/deployments/{model}/\""),
                    ConfigFiles.RATES)
                .gateway()
                .providers(),
            "acme");

    assertThat(provider.settings().baseUrl().getPath()).isEqualTo("/openai/deployments/{model}");
    assertThat(provider.settings().hasModelInUrl()).isTrue();
    assertThat(provider.variant()).isEqualTo(Variant.AZURE);
    assertThat(provider.keepsFiles()).isFalse();
  }

  @Test
  void query_ofAProvider_isText_andNotShown() {
    Provider provider = acme("query: { api-version: 2024-10-21, n: 1, key: \"${ACME_KEY}\" }");

    assertThat(provider.settings().reach().query())
        .isEqualTo(Map.of("api-version", "2024-10-21", "n", "1", "key", ConfigFiles.SECRET));
    assertThat(provider.toString() + provider.settings().reach())
        .doesNotContain(ConfigFiles.SECRET);
  }

  @Test
  void headers_ofAProvider_areReadAsWritten_andTheirValuesNotShown() {
    Provider provider =
        acme(
            "headers: { remove: [User-Agent], rename: { x-a: X-B },"
                + " add: { x-c: \"${ACME_KEY}\", x-d: 1 } }");

    assertThat(provider.settings().reach().headers())
        .isEqualTo(
            new HeaderEdits(
                Set.of("User-Agent"),
                Map.of("x-a", "X-B"),
                Map.of("x-c", ConfigFiles.SECRET, "x-d", "1")));
    assertThat(provider.toString() + provider.settings().reach())
        .doesNotContain(ConfigFiles.SECRET);
  }

  @Test
  void proxy_ofAProvider_isReadAsWritten_andItsPasswordNotShown() {
    Provider provider = acme("proxy: \"http://me%40work:${ACME_KEY}%3A+@[::1]:3128/\"");

    ProxyAddress proxy = new ProxyAddress("::1", 3128, "me@work", ConfigFiles.SECRET + ":+");
    assertThat(provider.settings().reach().proxy()).isEqualTo(proxy).hasToString("[::1]:3128");
    assertThat(provider.toString() + provider.settings().reach())
        .doesNotContain(ConfigFiles.SECRET);
    assertThat(acme("proxy: none").settings().reach().proxy()).isNull();
  }

  @Test
  void healthCheck_isReadAsWritten_emptyOnesAsTheDefault_andNoneWithoutIt() {
    assertThat(acme("variant: standard").healthCheck()).isNull();
    assertThat(acme("health_check: {}").healthCheck()).isEqualTo(HealthCheckSettings.DEFAULT);
    HealthCheckSettings check =
        acme("health_check: { path: \"/ping?key=${ACME_KEY}\", method: HEAD, interval_millis: 1m,"
                + " answer_millis_max: 2s, failures_max: 5, successes_min: 1, status: 204,"
                + " answer_bytes_max: 1KiB }")
            .healthCheck();

    assertThat(check)
        .isEqualTo(
            new HealthCheckSettings(
                "/ping?key=" + ConfigFiles.SECRET,
                "HEAD",
                "",
                60_000,
                2_000,
                5,
                1,
                new StatusRange(204, 204),
                1_024))
        .hasToString("HEAD /ping");
  }

  @Test
  void gatewayFile_withEverything_isReadAsWritten() {
    Snapshot snapshot =
        load(
            """
            listen: { host: "::1", port: 0, tls: { certificate: rates.yaml, private_key: gateway.yaml } }
            ops: { host: 0.0.0.0, port: "${PORT}", admin_token: t }
            public_url: https://llm.example.com/
            data_dir: /var/lib/tollgate
            redis: rediss://:pw@redis.example:6380/1
            archive: embedded
            rate_card: rates.yaml
            key_prefix: sk-
            providers:
              claude:
                dialect: anthropic
                base_url: http://localhost:9999/v1//
                variant: openrouter
                on_disconnect: cancel
                connect_millis_max: 250ms
                first_byte_millis_max: 2m
                idle_millis_max: 30 s
                total_millis_max: 30d
                connections_max: 1
                waiting_max: 0
                waiting_millis_max: 1
                idle_connection_millis_max: 1h
                trust_certificates: rates.yaml
            payments: { provider: none }
            email: { smtp: none, from: billing@example.com }
            limits: { quotes: { text_bytes_per_token: 4, tokens_per_message: 0, tokens_per_image: 5, hold_output_tokens: 6 } }
            """,
            ConfigFiles.RATES.replace("acme", "claude"));
    GatewayConfig config = snapshot.gateway();

    assertThat(config.listen())
        .isEqualTo(
            new GatewayConfig.Listen(
                "::1",
                0,
                new GatewayConfig.Tls(
                    directory.resolve("rates.yaml"), directory.resolve("gateway.yaml"))));
    assertThat(config.ops().port()).isEqualTo(8181);
    assertThat(config.publicUrl()).isEqualTo(URI.create("https://llm.example.com"));
    assertThat(config.redis())
        .isEqualTo(
            new GatewayConfig.Redis.Elsewhere(
                RedisAddress.of("rediss://:pw@redis.example:6380/1")));
    assertThat(config.limits().quotes()).isEqualTo(new QuoteSettings(4, 0, 5, 6));
    assertThat(config.providers().get("claude"))
        .isEqualTo(
            new Provider(
                new ProviderSettings(
                    "claude",
                    "anthropic",
                    URI.create("http://localhost:9999/v1"),
                    "",
                    250,
                    120_000,
                    30_000,
                    2_592_000_000L,
                    1,
                    0,
                    1,
                    3_600_000,
                    directory.resolve("rates.yaml").toString(),
                    Reach.PLAIN),
                Variant.OPENROUTER,
                false));
    assertThat(snapshot.place("providers.claude.base_url").toString()).endsWith(".yaml:12:5");
    assertThat(snapshot.place("listen.port").toString()).endsWith(".yaml:1:24");
    assertThat(snapshot.place("limits.quotes.no").line()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "https://api.x.ai/v1, XAI",
    "https://api.mistral.ai/v1, MISTRAL",
    "https://openrouter.ai/api/v1, OPENROUTER",
    "https://mine.openai.azure.com/openai/v1, AZURE",
    "https://api.deepseek.com, STANDARD",
    "https://model_server:8000/v1, STANDARD"
  })
  void variant_thatIsNotSaid_isToldByTheHost(String baseUrl, Variant variant) {
    String gateway = ConfigFiles.GATEWAY.replace("https://api.acme.example/v1", baseUrl);

    assertThat(load(gateway, ConfigFiles.RATES).gateway().providers().get("acme"))
        .extracting(Provider::variant)
        .isEqualTo(variant);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:1",
        "http://[::1]:65535/v1",
        "https://model_server:8000/v1",
        "http://model_server",
        "https://api.example.com/openai/v1"
      })
  void baseUrl_ofAnyHostThatCanBeReached_isTaken(String url) {
    GatewayConfig config =
        load(
                ConfigFiles.GATEWAY.replace("https://api.acme.example/v1", "\"" + url + "\""),
                ConfigFiles.RATES)
            .gateway();

    assertThat(ConfigFiles.named(config.providers(), "acme").settings().baseUrl())
        .isEqualTo(URI.create(url));
  }

  @Test
  void redis_atASocket_isReadAsWritten() {
    GatewayConfig config =
        load(ConfigFiles.GATEWAY + "redis: unix:/run/redis/redis.sock\n", ConfigFiles.RATES)
            .gateway();

    assertThat(config.redis())
        .isEqualTo(new GatewayConfig.Redis.Elsewhere(RedisAddress.of("unix:/run/redis/redis.sock")))
        .hasToString("Elsewhere[address=unix:/run/redis/redis.sock]");
  }

  @Test
  void redis_ofSentinels_isReadAsWritten() {
    String uri = "rediss-sentinel://u:pw@a:26379,b_1/2#primary";
    GatewayConfig config =
        load(ConfigFiles.GATEWAY + "redis: \"" + uri + "\"\n", ConfigFiles.RATES).gateway();

    assertThat(config.redis()).isEqualTo(new GatewayConfig.Redis.Elsewhere(RedisAddress.of(uri)));
    assertThat(config.redis().toString()).contains("a:26379,b_1").doesNotContain("pw");
  }

  @Test
  void redis_asAList_isACluster() {
    GatewayConfig config =
        load(
                ConfigFiles.GATEWAY
                    + """
                    redis: [ redis://:pw@a:7001, redis://b ]
                    limits: { ledger: { allow: [eviction, no_persistence] } }
                    """,
                ConfigFiles.RATES)
            .gateway();

    assertThat(config.redis())
        .isEqualTo(
            new GatewayConfig.Redis.Elsewhere(
                new RedisAddress.Cluster(List.of("redis://:pw@a:7001", "redis://b"))));
    assertThat(config.redis().toString()).contains("b").doesNotContain("pw");
    assertThat(config.limits().ledgerNowhere().allow())
        .containsExactlyInAnyOrder(LedgerSettings.Allowance.values());
  }

  @ParameterizedTest
  @CsvSource({
    "0.20, 200000000",
    "0.1, 100000000",
    "0.30000000000000000000, 300000000",
    "0.123456789, 123456789",
    "0.000000001, 1",
    "0.0028, 2800000",
    "600, 600000000000",
    "10000, 10000000000000",
    "1e-7, 100",
    "1.5E+2, 150000000000",
    "0, 0",
    "0.0, 0",
    "2., 2000000000"
  })
  void price_isTheExactDecimalOfItsText(String text, long nanoUsd) {
    RateCard card = load(ConfigFiles.GATEWAY, ConfigFiles.RATES.replace("0.20", text)).rates();

    assertThat(ConfigFiles.named(card.models(), "llama").prices().named(Meter.INPUT))
        .isEqualTo(nanoUsd);
  }

  @Test
  void model_withEverything_isReadAsWritten() {
    ModelRates model =
        ConfigFiles.named(
            load(
                    ConfigFiles.GATEWAY,
                    """
                    models:
                      big:
                        targets: [{ provider: acme, model: big-1 }, { provider: acme, model: big-2 }]
                        prices: { input: 1, output: 2, cache_read: 0, reasoning: 3 }
                        tiers:
                          - { above_input_tokens: 200000, prices: { input: 2 } }
                          - above_input_tokens: 500000
                            prices: { input: 3 }
                            service_tiers: { priority: { input: 12 } }
                        service_tiers: { flex: { input: 0.5 }, priority: { output: 9 } }
                        fees: { request: 0.0, web_search: 0.01 }
                        max_output_tokens: 8192
                        context_tokens: 131072
                        text_bytes_per_token: 2
                        image_tokens_percent: 3334
                    """)
                .rates()
                .models(),
            "big");

    assertThat(model.targets())
        .containsExactly(new Target("acme", "big-1"), new Target("acme", "big-2"));
    assertThat(model.prices())
        .hasToString(
            "{input=1000000000, cache_read=0, output=2000000000, reasoning=3000000000, request=0,"
                + " web_search=10000000}");
    assertThat(model.tiers()).hasSize(2);
    assertThat(model.tiers().get(1).aboveInputTokens()).isEqualTo(500_000);
    assertThat(model.tiers().get(1).prices()).hasToString("{input=3000000000}");
    assertThat(ConfigFiles.named(model.tiers().get(1).serviceTiers(), "priority"))
        .hasToString("{input=12000000000}");
    assertThat(model.tiers().get(0).serviceTiers()).isEmpty();
    assertThat(model.serviceTiers()).containsOnlyKeys("flex", "priority");
    assertThat(model.maxOutputTokens()).isEqualTo(8192);
    assertThat(model.contextTokens()).isEqualTo(131_072);
    assertThat(model.ratios()).isEqualTo(new QuoteRatios(2, 3334));
  }

  @Test
  void anchors_repeatWhatTheyName() {
    RateCard card =
        load(
                ConfigFiles.GATEWAY,
                """
                models:
                  one: { targets: &there [{ provider: acme, model: x }], prices: &cheap { input: 1, output: 2 } }
                  two: { targets: *there, prices: *cheap }
                """)
            .rates();

    assertThat(ConfigFiles.named(card.models(), "two").prices())
        .isEqualTo(ConfigFiles.named(card.models(), "one").prices());
    assertThat(ConfigFiles.named(card.models(), "two").targets())
        .containsExactly(new Target("acme", "x"));
  }

  @Test
  void variables_areFilledFromTheEnvironment() {
    String gateway =
        ConfigFiles.GATEWAY
            + """
            listen:
              host: "h-${PORT}-${NONE:-d}-${EMPTY:-e}-$${PORT}"
              port: ${PORT}
            key_prefix: ${EMPTY:-tg_}
            """;

    GatewayConfig config = load(gateway, ConfigFiles.RATES).gateway();

    assertThat(config.listen().host()).isEqualTo("h-8181-d-e-${PORT}");
    assertThat(config.listen().port()).isEqualTo(8181);
    assertThat(config.keyPrefix()).isEqualTo("tg_");
  }

  @Test
  void unservedThings_areNoticed() {
    Checked<Snapshot> checked =
        new ConfigFiles(directory)
            .write(
                ConfigFiles.GATEWAY,
                ConfigFiles.RATES
                    + "  dear: { targets: [{ provider: acme, model: x }] }\n"
                    + "routes: [{ match: GET /a/**, provider: acme, fees: { request: 0.02 } }]\n")
            .load();

    assertThat(checked).isInstanceOf(Checked.Valid.class);
    assertThat(checked.notices())
        .extracting(notice -> notice.place().line() + " " + notice.key())
        .containsExactly("5 models.dear");
    Snapshot snapshot = ((Checked.Valid<Snapshot>) checked).value();
    assertThat(snapshot.rates().routes().getFirst().fees().named(Meter.REQUEST))
        .isEqualTo(20_000_000);
    assertThat(snapshot.rates().find("dear", ModelRates.INPUT_ALONE)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          prices: { output: 1 } | models.m | has no price for input, nor for a request, image, second, character or search unit: requests for it are refused
          fees: { web_search: 1 } | models.m | has no price for input, nor for a request, image, second, character or search unit: requests for it are refused
          fees: { request: 1 } | |
          fees: { image: 1 } | |
          prices: { input: 0 } | |
          prices: { audio_input: 1, output: 1 } | |
          prices: { input: 1 }, max_output_tokens: 9, context_tokens: 8 | models.m.max_output_tokens | is more than context_tokens, which holds prompt and answer
          prices: { input: 1 }, max_output_tokens: 9, context_tokens: 9 | |
          prices: { input: 1 }, context_tokens: 9, tiers: [{ above_input_tokens: 9, prices: { input: 2 } }] | models.m.tiers[0] | is never reached: context_tokens is 9
          prices: { input: 1 }, service_tiers: { prioritiy: { input: 2 } } | models.m.service_tiers.prioritiy | is no service tier we know; did you mean `priority`?
          prices: { input: 1 }, service_tiers: { turbo: { input: 2 } } | |
          prices: { input: 1, cache_read: 0.1 }, service_tiers: { priority: { input: 2 } } | models.m.service_tiers.priority | has a dearer input, but leaves cache_read at 0.1
          prices: { input: 1, cache_read: 0.1 }, service_tiers: { flex: { input: 0.5 } } | |
          prices: { output: 2, input: 1, reasoning: 3 }, tiers: [{ above_input_tokens: 9, prices: { output: 4 } }] | models.m.tiers[0] | has a dearer output, but leaves reasoning at 3
          prices: { output: 2, input: 1, reasoning: 3 }, tiers: [{ above_input_tokens: 9, prices: { output: 4, reasoning: 4 } }] | |
          """)
  void entryThatHardlyMeansWhatItSays_isNoticed(
      String entry, @Nullable String key, @Nullable String message) {
    Checked<Snapshot> checked =
        new ConfigFiles(directory)
            .write(
                ConfigFiles.GATEWAY,
                ConfigFiles.RATES
                    + "  m: { targets: [{ provider: acme, model: x }], "
                    + entry
                    + " }\n")
            .load();

    assertThat(checked).isInstanceOf(Checked.Valid.class);
    assertThat(checked.notices())
        .extracting(notice -> notice.key() + " " + notice.message())
        .isEqualTo(key == null ? List.of() : List.of(key + " " + message));
    assertThat(checked.notices()).allMatch(notice -> notice.place().line() == 5);
  }

  @Test
  void ratesAlone_doNotNeedTheirProviders() {
    ConfigFiles files = new ConfigFiles(directory);
    files.write("", ConfigFiles.RATES.replace("acme", "anybody"));

    assertThat(ConfigFiles.loader().loadRates(files.rates())).isInstanceOf(Checked.Valid.class);
  }

  @Test
  void plan_withLimits_hasThemAsRollingBudgets() {
    Plan plan =
        ConfigFiles.named(
            load(
                    ConfigFiles.GATEWAY,
                    ConfigFiles.RATES
                        + "plans: { p: { funding: subscription, limits_usd: { 5h: 1.5 },"
                        + " price_multiplier: 0.9 } }")
                .rates()
                .plans(),
            "p");

    assertThat(plan.limits())
        .containsExactly(
            new Budget(
                "5h",
                Budget.Scope.ACCOUNT,
                Budget.Unit.USD,
                new Period.Rolling(Duration.ofHours(5)),
                1_500_000_000,
                List.of()));
    assertThat(plan.priceMultiplierPpm()).isEqualTo(900_000);
    assertThat(plan.funding()).isEqualTo(Plan.Funding.SUBSCRIPTION);
    assertThat(plan.monthlyFeeNanoUsd()).isNull();
  }

  @Test
  void largestPrice_isTheSameHereAndThere() {
    assertThat(Money.decimal(Prices.MAX_NANO_USD)).isEqualTo(new BigDecimal("10000"));
  }
}
