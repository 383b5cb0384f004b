package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.HoldOutcome.Held;
import dev.tollgate.metering.DeliveredText;
import dev.tollgate.metering.ObjectState;
import dev.tollgate.metering.Tally;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Prices;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From what an answer says of itself to what it costs. */
class ChargingTest {
  private static final Held HELD = new Held(1_000_000, 1_000_000, 0);
  private static final Usage REPORTED = usage(10, 20);
  private static final DeliveredText TEXT = new DeliveredText(new byte[] {'x'}, 1);
  private static final ModelRates RATES = Purchases.rates(Purchases.PRICES, Purchases.TARGET);

  /** Text that weighs 17 bytes is 5 tokens, and each of two messages brings 4. */
  private static final long ESTIMATED_INPUT = 5 + 2 * 4;

  private final CompletableFuture<Long> estimate = new CompletableFuture<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Charging charging = new Charging(delivered -> estimate, channel.eventLoop());
  private final Prompt prompt = Purchases.prompt();

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static Usage usage(long input, long output) {
    return Usage.builder().set(Meter.INPUT, input).set(Meter.OUTPUT, output).build();
  }

  private static Tally tally(@Nullable Usage reported, boolean isStrange) {
    return new Tally(reported, reported, Usage.NONE, 0, isStrange, false, TEXT, null);
  }

  private Charge charged(ModelRates rates, Held hold, Tally tally, @Nullable String interruption) {
    CompletionStage<Charge> charge =
        charging.charge(offer(rates), prompt, hold, tally, interruption);
    channel.runPendingTasks();
    return charge.toCompletableFuture().getNow(Charging.NOTHING);
  }

  private static Offer offer(ModelRates rates) {
    return new Offer(
        rates,
        Set.of(Meter.INPUT, Meter.OUTPUT),
        List.of(new Route(Purchases.provider("acme", "openai"), "llama-3")));
  }

  private static Tally delivered(@Nullable Usage reported, long bytes) {
    return new Tally(
        reported, null, Usage.NONE, 0, false, false, new DeliveredText(new byte[0], bytes), null);
  }

  private Charge soFar(Held hold, Tally tally) {
    return Charging.soFar(offer(RATES), prompt, hold, tally);
  }

  @Test
  void soFar_ofNothingDelivered_isNothing() {
    assertThat(soFar(HELD, delivered(null, 0))).isEqualTo(Charging.NOTHING);
  }

  @Test
  void soFar_ofTextWithoutUsage_isEstimatedFromItsBytes() {
    assertThat(soFar(HELD, delivered(null, 401)))
        .isEqualTo(
            new Charge(
                usage(ESTIMATED_INPUT, 101),
                ESTIMATED_INPUT * 200 + 101 * 600,
                ESTIMATED_INPUT * 200 + 101 * 600,
                "abandoned"));
  }

  @Test
  void soFar_withUsage_isThatUsage_andNeverBeyondTheHold() {
    assertThat(soFar(HELD, delivered(REPORTED, 8)).billedNanoUsd()).isEqualTo(14_000);
    assertThat(soFar(new Held(100, 1_000_000, 0), delivered(REPORTED, 8)).billedNanoUsd())
        .isEqualTo(100);
  }

  @Test
  void reportedUsage_isChargedAtOnceAndExactly() {
    assertThat(charged(RATES, HELD, tally(REPORTED, false), null))
        .isEqualTo(new Charge(REPORTED, 14_000, 14_000, ""));
  }

  @Test
  void reportedUsage_ofAnInterruptedAnswer_isNoEstimate() {
    assertThat(charged(RATES, HELD, tally(REPORTED, false), "client_gone").estimated()).isEmpty();
  }

  @Test
  void reportedUsage_beyondTheHold_isChargedInFull() {
    Held small = new Held(100, 1_000_000, 0);

    assertThat(charged(RATES, small, tally(REPORTED, false), null).billedNanoUsd())
        .isEqualTo(14_000);
  }

  @Test
  void multiplier_appliesToWhatIsBilledAndRoundsUpOnce() {
    Usage one = usage(1, 0);
    Prices odd =
        Prices.builder().set(Meter.INPUT, 1_000_001).set(Meter.OUTPUT, 1).build(); // 1.000001

    Charge charge =
        charged(
            Purchases.rates(odd, Purchases.TARGET),
            new Held(1_000, 1_500_000, 0),
            tally(one, false),
            null);

    assertThat(charge.listNanoUsd()).isEqualTo(2);
    assertThat(charge.billedNanoUsd()).as("1.5000015, not 1.5 times 2").isEqualTo(2);
  }

  @Test
  void missingUsage_isEstimatedOnTheEventLoopOnceCounted() {
    CompletionStage<Charge> charge =
        charging.charge(offer(RATES), prompt, HELD, tally(null, false), null);
    assertThat(charge.toCompletableFuture()).isNotDone();

    estimate.complete(7L);
    assertThat(charge.toCompletableFuture()).as("not on the estimator's thread").isNotDone();
    channel.runPendingTasks();

    long cost = ESTIMATED_INPUT * 200 + 7 * 600;
    assertThat(charge)
        .isCompletedWithValue(new Charge(usage(ESTIMATED_INPUT, 7), cost, cost, "missing_usage"));
  }

  @Test
  void anEstimate_keepsToTheInputThatIsKnown() {
    estimate.complete(7L);
    Tally brokeOff =
        new Tally(null, Usage.of(Meter.CACHE_READ, 40), Usage.NONE, 0, false, false, TEXT, null);

    assertThat(charged(RATES, HELD, brokeOff, "upstream_broke"))
        .isEqualTo(
            new Charge(
                Usage.builder().set(Meter.CACHE_READ, 40).set(Meter.OUTPUT, 7).build(),
                12_200,
                12_200,
                "upstream_broke"));
  }

  @Test
  void anEstimate_neverExceedsTheHold() {
    estimate.complete(1_000_000L);

    Charge charge = charged(RATES, HELD, tally(null, false), null);

    assertThat(charge.billedNanoUsd()).isEqualTo(HELD.heldNanoUsd());
    assertThat(charge.listNanoUsd()).isGreaterThan(HELD.heldNanoUsd());
  }

  @Test
  void strangeFigures_areNotBelievedAtAll() {
    estimate.complete(7L);

    Charge charge = charged(RATES, HELD, tally(usage(1_000_000, 0), true), "client_gone");

    assertThat(charge.usage()).isEqualTo(usage(ESTIMATED_INPUT, 7));
    assertThat(charge.estimated()).isEqualTo("strange_usage");
  }

  @Test
  void anError_isFree() {
    Tally error =
        new Tally(REPORTED, REPORTED, Usage.NONE, 0, false, true, DeliveredText.NOTHING, null);

    assertThat(charged(RATES, HELD, error, null)).isEqualTo(Charging.NOTHING);
  }

  @Test
  void aPromise_isFree() {
    Tally promise =
        new Tally(
            null,
            null,
            Usage.NONE,
            0,
            false,
            false,
            DeliveredText.NOTHING,
            "auto",
            ObjectState.NONE,
            "resp_1");

    assertThat(promise.isPending()).isTrue();
    assertThat(charged(RATES, HELD, promise, null)).isEqualTo(Charging.NOTHING);
    assertThat(soFar(HELD, promise)).isEqualTo(Charging.NOTHING);
  }

  @Test
  void somethingUsedThatHasNoPrice_keepsTheHold() {
    Usage searched = REPORTED.toBuilder().set(Meter.WEB_SEARCH, 1).build();

    assertThat(charged(RATES, HELD, tally(searched, false), null))
        .isEqualTo(new Charge(searched, 1_000_000, 1_000_000, "unpriced_usage"));
  }

  @Test
  void searchesThatWereDeclared_areNotChargedUnlessMade() {
    Prompt searching =
        Purchases.prompt(
            Purchases.endpoint("/v1/messages"),
            """
            {"model":"c","max_tokens":5,"tools":[{"type":"web_search_20250305","max_uses":4}]}
            """);
    Prices searches = Prices.builder().set(Meter.WEB_SEARCH, 10_000_000).build();
    ModelRates rates = Purchases.rates(searches.over(Purchases.PRICES), Purchases.TARGET);
    assertThat(searching.units().count(Meter.WEB_SEARCH)).isEqualTo(4);

    CompletionStage<Charge> none =
        charging.charge(offer(rates), searching, HELD, tally(REPORTED, false), null);
    Usage one = Usage.of(Meter.WEB_SEARCH, 1);
    Tally made = new Tally(REPORTED, REPORTED, one, 0, false, false, TEXT, null);
    CompletionStage<Charge> some = charging.charge(offer(rates), searching, HELD, made, null);

    assertThat(none).isCompletedWithValue(new Charge(REPORTED, 14_000, 14_000, ""));
    assertThat(some.toCompletableFuture().join().billedNanoUsd()).isEqualTo(10_014_000);
  }

  @Test
  void whatIsCountedBesideTokens_andHasNoPrice_isAnotherMeasureOfTheSame() {
    Usage unit = Usage.of(Meter.SEARCH_UNIT, 1);
    Tally both = new Tally(REPORTED, REPORTED, unit, 0, false, false, TEXT, null);

    assertThat(charged(RATES, HELD, both, null))
        .isEqualTo(new Charge(REPORTED, 14_000, 14_000, ""));
  }

  @Test
  void thoughtsThatAreReportedAlone_comeOnTopOfTheEstimate() {
    estimate.complete(7L);
    Usage input = Usage.of(Meter.INPUT, 10);
    Tally broken = new Tally(null, input, Usage.NONE, 40, false, false, TEXT, null);

    assertThat(charged(RATES, HELD, broken, "upstream_broke").usage()).isEqualTo(usage(10, 47));
  }

  @Test
  void searchUnits_areThoseOfTheAnswer_elseThoseOfTheRequestAndMarked() {
    Prompt ranking =
        Purchases.prompt(
            Purchases.endpoint("/v1/rerank"),
            "{\"model\":\"r\",\"query\":\"q\",\"documents\":[\"a\",\"b\"]}");
    Prices prices = Prices.builder().set(Meter.SEARCH_UNIT, 2_000).build();
    Offer units =
        new Offer(
            Purchases.rates(prices, Purchases.TARGET),
            Set.of(Meter.SEARCH_UNIT),
            List.of(new Route(Purchases.provider("co", "cohere"), "r")));
    Usage three = Usage.of(Meter.SEARCH_UNIT, 3);
    Tally counted = new Tally(null, null, three, 0, false, false, DeliveredText.NOTHING, null);

    assertThat(charging.charge(units, ranking, HELD, counted, null))
        .isCompletedWithValue(new Charge(three, 6_000, 6_000, ""));
    assertThat(charging.charge(units, ranking, HELD, Tally.unreported(DeliveredText.NOTHING), null))
        .isCompletedWithValue(
            new Charge(Usage.of(Meter.SEARCH_UNIT, 1), 2_000, 2_000, "missing_usage"));
  }

  @Test
  void aCostBeyondRange_keepsTheHold() {
    Usage absurd = usage(Money.MAX_NANO_USD, 0);

    assertThat(charged(RATES, HELD, tally(absurd, false), null))
        .isEqualTo(new Charge(absurd, 1_000_000, 1_000_000, "strange_usage"));
  }

  @Test
  void reasoning_isTakenOutOfTheOutputOnlyWherePricedApart() {
    Tally thought = new Tally(REPORTED, REPORTED, Usage.NONE, 15, false, false, TEXT, null);
    Prices apart =
        Prices.builder()
            .set(Meter.INPUT, 200_000_000)
            .set(Meter.OUTPUT, 600_000_000)
            .set(Meter.REASONING, 100_000_000)
            .build();

    assertThat(charged(RATES, HELD, thought, null).usage()).isEqualTo(REPORTED);
    Charge charge = charged(Purchases.rates(apart, Purchases.TARGET), HELD, thought, null);
    assertThat(charge.usage()).isEqualTo(usage(10, 5).toBuilder().set(Meter.REASONING, 15).build());
    assertThat(charge.billedNanoUsd()).isEqualTo(10 * 200 + 5 * 600 + 15 * 100);
  }

  @Test
  void moreReasoningThanOutput_takesNoMoreThanThereIs() {
    Tally thought = new Tally(REPORTED, REPORTED, Usage.NONE, 999, false, false, TEXT, null);
    Prices apart = Prices.builder().set(Meter.REASONING, 0).build().over(Purchases.PRICES);

    assertThat(charged(Purchases.rates(apart, Purchases.TARGET), HELD, thought, null).usage())
        .isEqualTo(usage(10, 0).toBuilder().set(Meter.REASONING, 20).build());
  }

  @Test
  void reasoning_pricedInAServiceTierAlone_isTakenOutOfTheOutput() {
    Tally thought = new Tally(REPORTED, REPORTED, Usage.NONE, 15, false, false, TEXT, "flex");
    Prices flex = Prices.builder().set(Meter.REASONING, 100_000_000).build();

    assertThat(charged(withServiceTier("flex", flex), HELD, thought, null).billedNanoUsd())
        .isEqualTo(10 * 200 + 5 * 600 + 15 * 100);
  }

  @Test
  void serviceTier_thatServed_beatsTheOneAskedFor() {
    Prices flex = Prices.builder().set(Meter.INPUT, 100_000_000).build();
    ModelRates rates = withServiceTier("flex", flex);

    assertThat(askedFor("flex", rates, served(null))).as("not said").isEqualTo(13_000);
    assertThat(askedFor("flex", rates, served("default"))).isEqualTo(14_000);
    assertThat(askedFor("priority", rates, served("flex"))).isEqualTo(13_000);
    assertThat(askedFor(null, rates, served("flex"))).isEqualTo(13_000);
    assertThat(askedFor(null, rates, served(null))).isEqualTo(14_000);
    assertThat(askedFor("auto", rates, served(null))).isEqualTo(14_000);
  }

  private static Tally served(@Nullable String tier) {
    return new Tally(REPORTED, REPORTED, Usage.NONE, 0, false, false, TEXT, tier);
  }

  private long askedFor(@Nullable String tier, ModelRates rates, Tally tally) {
    return charging
        .charge(offer(rates), prompt(tier), HELD, tally, null)
        .toCompletableFuture()
        .getNow(Charging.NOTHING)
        .billedNanoUsd();
  }

  private static Prompt prompt(@Nullable String serviceTier) {
    String tier = serviceTier == null ? "" : "\"service_tier\":\"" + serviceTier + "\",";
    return Purchases.prompt(
        Purchases.chat(),
        "{" + tier + "\"model\":\"llama\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
  }

  private static ModelRates withServiceTier(String name, Prices prices) {
    return new ModelRates(
        "m",
        List.of(Purchases.TARGET),
        Purchases.PRICES,
        List.of(),
        Map.of(name, prices),
        ModelRates.UNBOUNDED,
        ModelRates.UNBOUNDED);
  }
}
