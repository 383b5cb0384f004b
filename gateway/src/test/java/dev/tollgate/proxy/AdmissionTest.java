package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.auth.AuthSettings;
import dev.tollgate.auth.Authenticator;
import dev.tollgate.auth.KnownKeys;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.RateLimits;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.pricing.Target;
import dev.tollgate.proxy.Admission.Decision;
import dev.tollgate.testing.FormBody;
import dev.tollgate.testing.SoundFiles;
import dev.tollgate.upstream.BreakerSettings;
import dev.tollgate.upstream.Targets;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** No price or nobody to serve it, no service; else the worst case is held. */
class AdmissionTest {
  private static final Provider ACME = Purchases.provider("acme", "openai");
  private static final Provider OTHER = Purchases.provider("other", "openai");
  private static final Provider CLAUDE = Purchases.provider("claude", "anthropic");
  private static final Provider COHERE = Purchases.provider("co", "cohere");

  private static final Prices INPUT_ALONE = Prices.builder().set(Meter.INPUT, 200_000_000).build();

  private final FakeLedger ledger = new FakeLedger();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private Decision admit(ModelRates rates, Endpoint endpoint, Prompt prompt) {
    return admit(rates, endpoint, prompt, Set.of("openai"));
  }

  private Decision admit(ModelRates rates, Endpoint endpoint, Prompt prompt, Set<String> dialects) {
    Catalog catalog =
        new Catalog(
            Purchases.card(rates),
            Map.of("acme", ACME, "other", OTHER, "claude", CLAUDE, "co", COHERE),
            QuoteSettings.DEFAULT,
            ProxySettings.DEFAULT);
    Lane lane =
        new Lane(
            channel.eventLoop(),
            new Authenticator(
                AuthSettings.DEFAULT,
                new KnownKeys(AuthSettings.DEFAULT),
                hash -> CompletableFuture.completedFuture(Optional.empty())),
            ledger,
            (request, listener) -> {
              throw new AssertionError("nothing is sent before it is held");
            },
            delivered -> CompletableFuture.completedFuture(0L),
            () -> catalog,
            InstantSource.system(),
            ExchangeListener.NONE,
            new Targets(BreakerSettings.DEFAULT, System::nanoTime),
            new Random(1));
    return new Admission(lane, catalog, new CardOffers(dialects, endpoint.soldBy()))
        .admit(Purchases.request(1), Purchases.KEY, prompt, Map.of())
        .toCompletableFuture()
        .getNow(new Decision.Refused(new Refusal.InternalError(), RateLimits.NONE));
  }

  private Decision chat(ModelRates rates) {
    return admit(rates, Purchases.chat(), Purchases.prompt());
  }

  private static ModelRates rates(Target... targets) {
    return Purchases.rates(Purchases.PRICES, targets);
  }

  @Test
  void theWorstCase_isHeld() {
    Decision decision = chat(rates(new Target("acme", "llama-3")));

    // text that weighs 17 bytes at 3 a token, two messages at 8, and the cap
    long tokens = 6 + 2 * 8;
    assertThat(ledger.holds)
        .containsExactly(
            new HoldRequest(
                Purchases.request(1),
                Purchases.KEY,
                tokens * 200 + 100 * 600,
                tokens + 100,
                "llama",
                ProxySettings.DEFAULT.leaseMillis()));
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Admitted.class,
            admitted ->
                assertThat(admitted.offer().routes()).containsExactly(new Route(ACME, "llama-3")));
  }

  @Test
  void inputThatTheProviderHasStored_isHeldAsAWholeContext() {
    Endpoint responses = Purchases.endpoint("/v1/responses");
    String body = "{\"model\":\"llama\",\"max_output_tokens\":100,\"input\":\"Hello world!\"%s}";
    ModelRates bounded =
        new ModelRates(
            "llama",
            List.of(Purchases.TARGET),
            Purchases.PRICES,
            List.of(),
            Map.of(),
            ModelRates.UNBOUNDED,
            5_000);
    Prompt stored =
        Purchases.prompt(responses, body.formatted(",\"previous_response_id\":\"resp_1\""));

    admit(bounded, responses, stored);
    admit(rates(Purchases.TARGET), responses, stored);
    admit(bounded, responses, Purchases.prompt(responses, body.formatted("")));

    assertThat(ledger.holds)
        .extracting(HoldRequest::quoteTokens)
        .as("a context of 5,000; a context that nobody knows; all of the input is here")
        .containsExactly(5_000L + 100, 6L + 100, 6L + 100);
  }

  @Test
  void routes_areThoseInTheCallersDialectInOrder() {
    Decision decision =
        chat(
            rates(
                new Target("claude", "x"),
                new Target("other", "o"),
                new Target("acme", "llama-3")));

    assertThat(((Decision.Admitted) decision).offer().routes())
        .containsExactly(new Route(OTHER, "o"), new Route(ACME, "llama-3"));
  }

  @Test
  void aModel_withoutARouteInTheCallersDialect_isNotFound() {
    Decision decision = chat(rates(new Target("claude", "x"), new Target("nobody", "y")));

    assertThat(decision)
        .isEqualTo(new Decision.Refused(new Refusal.ModelNotFound("llama"), RateLimits.NONE));
    assertThat(ledger.calls).isEmpty();
  }

  @Test
  void aModel_thatIsNotOnTheCard_isNotFound() {
    Prompt unknown = Purchases.prompt(Purchases.chat(), "{\"model\":\"llama2\"}");

    assertThat(admit(rates(Purchases.TARGET), Purchases.chat(), unknown))
        .isEqualTo(new Decision.Refused(new Refusal.ModelNotFound("llama2"), RateLimits.NONE));
  }

  @Test
  void aModel_thatLacksAPriceThatIsNeeded_isNotFound() {
    assertThat(chat(Purchases.rates(INPUT_ALONE, Purchases.TARGET)))
        .isEqualTo(new Decision.Refused(new Refusal.ModelNotFound("llama"), RateLimits.NONE));
  }

  @Test
  void anEmbedding_holdsNoOutputThoughItHasAPrice() {
    Endpoint embeddings = Purchases.endpoint("/v1/embeddings");
    Prompt prompt =
        Purchases.prompt(embeddings, "{\"model\":\"llama\",\"input\":\"Hello world!\"}");

    admit(rates(Purchases.TARGET), embeddings, prompt);

    assertThat(ledger.holds).singleElement().extracting(HoldRequest::quoteTokens).isEqualTo(6L);
  }

  private static ModelRates media(Prices prices, long outputTokensMax) {
    return new ModelRates(
        Purchases.MODEL,
        List.of(Purchases.TARGET),
        prices,
        List.of(),
        Map.of(),
        outputTokensMax,
        ModelRates.UNBOUNDED);
  }

  private HoldRequest heldFor(Prices prices, long outputTokensMax, String path, String members) {
    Endpoint endpoint = Purchases.endpoint(path);
    admit(
        media(prices, outputTokensMax),
        endpoint,
        Purchases.prompt(endpoint, "{\"model\":\"llama\"," + members + "}"));
    return ledger.holds.getLast();
  }

  @Test
  void images_byThePiece_holdTheirNumberTimesTheFee() {
    Prices both = Prices.builder().set(Meter.IMAGE, 40_000_001).build().over(Purchases.PRICES);

    HoldRequest hold = heldFor(both, 5_000, "/v1/images/generations", "\"n\":3,\"prompt\":\"x\"");

    assertThat(hold.quoteNanoUsd()).isEqualTo(3 * 40_000_001L);
    assertThat(hold.quoteTokens()).as("they are not what is sold").isZero();
  }

  @Test
  void images_byTokens_holdTheirNumberTimesTheCap() {
    Prices prices =
        Prices.builder()
            .set(Meter.INPUT, 5_000_000_000L)
            .set(Meter.IMAGE_OUTPUT, 40_000_000_000L)
            .build();

    HoldRequest hold = heldFor(prices, 5_000, "/v1/images/generations", "\"n\":3,\"prompt\":\"\"");

    assertThat(hold.quoteNanoUsd()).isEqualTo(3 * 5_000 * 40_000L);
    assertThat(hold.quoteTokens()).isEqualTo(3 * 5_000);
  }

  @Test
  void speech_byTheCharacter_holdsItsCharactersTimesTheFee() {
    Prices prices = Prices.builder().set(Meter.CHARACTER, 15_003).build();

    assertThat(heldFor(prices, 9, "/v1/audio/speech", "\"input\":\"Grüße\"").quoteNanoUsd())
        .isEqualTo(5 * 15_003);
  }

  @Test
  void speech_byTokens_holdsTheSlowestThatItCanBe() {
    Prices prices =
        Prices.builder()
            .set(Meter.INPUT, 600_000_000)
            .set(Meter.AUDIO_OUTPUT, 12_000_000_000L)
            .build();

    assertThat(heldFor(prices, 9_999, "/v1/audio/speech", "\"input\":\"abc\"").quoteNanoUsd())
        .isEqualTo(2 * 600 + (200 + 3 * 10) * 12_000);
  }

  @Test
  void sound_thatIsHeard_isHeldForBySecondsOrByTokens() {
    Prompt prompt =
        Purchases.prompt(
            Purchases.endpoint("/v1/audio/transcriptions"),
            FormBody.usual()
                .field("model", "llama")
                .file("file", "a.wav", "audio/wav", SoundFiles.wav(8_001, 1_000)));

    admit(
        media(Prices.builder().set(Meter.SECOND, 100_007).build(), 9_999),
        Purchases.endpoint("/v1/audio/transcriptions"),
        prompt);
    assertThat(ledger.holds.getLast().quoteNanoUsd()).isEqualTo(9 * 100_007);

    Prices tokens =
        Prices.builder()
            .set(Meter.AUDIO_INPUT, 6_000_000_000L)
            .set(Meter.OUTPUT, 10_000_000_000L)
            .build();
    admit(media(tokens, 9_999), Purchases.endpoint("/v1/audio/transcriptions"), prompt);
    assertThat(ledger.holds.getLast().quoteNanoUsd())
        .isEqualTo(90 * 6_000 + (64 + 9 * 16) * 10_000);
  }

  @Test
  void media_withoutAPriceOfTheirKind_areNotFound() {
    Prices text = Prices.builder().set(Meter.INPUT, 1).set(Meter.SECOND, 1).build();
    Endpoint images = Purchases.endpoint("/v1/images/generations");

    assertThat(admit(media(text, 9), images, Purchases.prompt(images, "{\"model\":\"llama\"}")))
        .isEqualTo(new Decision.Refused(new Refusal.ModelNotFound("llama"), RateLimits.NONE));
  }

  @Test
  void aRanking_isServedInWhateverDialect_andHeldInTheUnitsThatAreSold() {
    Endpoint rerank = Purchases.endpoint("/v1/rerank");
    Prompt prompt =
        Purchases.prompt(
            rerank, "{\"model\":\"llama\",\"query\":\"q\",\"documents\":[\"a\",\"b\"]}");
    Prices units = Prices.builder().set(Meter.SEARCH_UNIT, 2_000_000).build();
    Target other = new Target("other", "o");
    ModelRates rates = Purchases.rates(units, new Target("co", "rerank-v3.5"), other);

    Decision decision = admit(rates, rerank, prompt, Set.of("openai", "cohere"));

    assertThat(rerank.otherDialects()).containsExactly("cohere");
    assertThat(((Decision.Admitted) decision).offer().routes())
        .containsExactly(new Route(COHERE, "rerank-v3.5"), new Route(OTHER, "o"));
    assertThat(ledger.holds)
        .singleElement()
        .satisfies(
            hold -> {
              assertThat(hold.quoteNanoUsd()).isEqualTo(2_000_000);
              assertThat(hold.quoteTokens()).isZero();
            });
  }

  @Test
  void aRanking_soldByTokens_isHeldByTheQueryWithEachDocument() {
    Endpoint rerank = Purchases.endpoint("/v1/rerank");
    Prompt prompt =
        Purchases.prompt(
            rerank, "{\"model\":\"llama\",\"query\":\"abc\",\"documents\":[\"abc\",\"abcdef\"]}");

    admit(Purchases.rates(INPUT_ALONE, Purchases.TARGET), rerank, prompt);

    // the query twice, three tokens of documents, and 8 for each pair
    long tokens = 2 + 3 + 2 * 8;
    assertThat(ledger.holds)
        .singleElement()
        .satisfies(hold -> assertThat(hold.quoteNanoUsd()).isEqualTo(tokens * 200));
  }

  @Test
  void countingTokens_isFree_alsoOfAModelThatHasNoPriceForIt() {
    Endpoint counting = Purchases.endpoint("/v1/messages/count_tokens");
    Prompt prompt = Purchases.prompt(counting, "{\"model\":\"llama\",\"messages\":[]}");
    ModelRates rates = Purchases.rates(Prices.NONE, new Target("claude", "c"));

    Decision decision = admit(rates, counting, prompt, Set.of("anthropic"));

    assertThat(((Decision.Admitted) decision).offer().isFree()).isTrue();
    assertThat(ledger.holds)
        .singleElement()
        .satisfies(
            hold -> {
              assertThat(hold.quoteNanoUsd()).isZero();
              assertThat(hold.quoteTokens()).isZero();
            });
  }

  @Test
  void aMessage_isHeldAtTheDearestCacheWritePrice_withTheSearchesThatItAllows() {
    Endpoint messages = Purchases.endpoint("/v1/messages");
    Prompt prompt =
        Purchases.prompt(
            messages,
            """
            {"model":"llama","max_tokens":100,"messages":[{"role":"user","content":[
              {"type":"text","text":"abc","cache_control":{"type":"ephemeral","ttl":"1h"}}]}],
             "tools":[{"type":"web_search_20250305","max_uses":3}]}
            """);
    Prices prices =
        Prices.builder()
            .set(Meter.CACHE_WRITE_5M, 250_000_000)
            .set(Meter.CACHE_WRITE_1H, 400_000_000)
            .set(Meter.WEB_SEARCH, 10_000_000)
            .build()
            .over(Purchases.PRICES);

    admit(
        Purchases.rates(prices, new Target("claude", "c")), messages, prompt, Set.of("anthropic"));

    assertThat(ledger.holds)
        .singleElement()
        .satisfies(
            hold -> {
              long input = hold.quoteTokens() - 100;
              assertThat(input).isPositive();
              assertThat(hold.quoteNanoUsd()).isEqualTo(input * 400 + 100 * 600 + 3 * 10_000_000);
            });
  }

  @Test
  void aHold_thatIsNotAnswered_isReleasedInTheBackground() {
    ledger.isAway = true;

    assertThat(chat(rates(Purchases.TARGET)))
        .isEqualTo(new Decision.Refused(new Refusal.LedgerUnavailable(), RateLimits.NONE));
    assertThat(ledger.calls).containsExactly("hold req_1", "release req_1 hold_unanswered");
  }

  @Test
  void tooLittleMoney_isRefusedWithTheOutputThatItWouldBuy() {
    long input = 22 * 200;
    long quote = input + 100 * 600;
    ledger.holdOutcome =
        new HoldOutcome.Refused(
            new Refusal.InsufficientCredits(quote, input + 7 * 600 + 599, null));

    assertThat(chat(rates(Purchases.TARGET)))
        .isEqualTo(
            new Decision.Refused(
                new Refusal.InsufficientCredits(quote, input + 7 * 600 + 599, 7L),
                RateLimits.NONE));
  }
}
