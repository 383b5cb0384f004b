package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.Meter;
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
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What images and sound cost: by the piece or by tokens, to the nano-dollar. */
class MediaChargingTest {
  private static final Held HELD = new Held(1_000_000_000, 1_000_000, 0);
  private static final Endpoint IMAGES = Purchases.endpoint("/v1/images/generations");
  private static final Endpoint SPEECH = Purchases.endpoint("/v1/audio/speech");
  private static final long IMAGE_NANO_USD = 40_000_001;
  private static final long CHARACTER_NANO_USD = 15_003;
  private static final long SECOND_NANO_USD = 100_007;

  /** 2 and 40 USD a million. */
  private static final Prices IMAGE_TOKENS =
      Prices.builder()
          .set(Meter.INPUT, 2_000_000_000L)
          .set(Meter.IMAGE_OUTPUT, 40_000_000_000L)
          .build();

  private static final Prices VOICE_TOKENS =
      Prices.builder()
          .set(Meter.INPUT, 600_000_000)
          .set(Meter.AUDIO_OUTPUT, 12_000_000_000L)
          .build();

  private static final Prices EAR_TOKENS =
      Prices.builder()
          .set(Meter.AUDIO_INPUT, 6_000_000_000L)
          .set(Meter.INPUT, 2_500_000_000L)
          .set(Meter.OUTPUT, 10_000_000_000L)
          .build();

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final CompletableFuture<Long> estimate = CompletableFuture.completedFuture(0L);
  private final Charging charging = new Charging(delivered -> estimate, channel.eventLoop());

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static Prices fee(Meter meter, long nanoUsd) {
    return Prices.builder().set(meter, nanoUsd).build();
  }

  private static Offer offer(Prices prices, List<Set<Meter>> soldBy) {
    return offer(Purchases.rates(prices, Purchases.TARGET), soldBy);
  }

  private static Offer offer(ModelRates rates, List<Set<Meter>> soldBy) {
    return new Offer(
        rates,
        Objects.requireNonNull(rates.firstPriced(soldBy)),
        List.of(new Route(Purchases.provider("acme", "openai"), "m")));
  }

  private static Prompt threeImages() {
    return Purchases.prompt(IMAGES, "{\"model\":\"m\",\"prompt\":\"12345678\",\"n\":3}");
  }

  /** 100 characters. */
  private static Prompt speech() {
    return Purchases.prompt(
        SPEECH, "{\"model\":\"m\",\"input\":\"" + "0123456789".repeat(10) + "\"}");
  }

  private static Prompt tenSeconds() {
    Usage heard = Usage.builder().set(Meter.SECOND, 10).set(Meter.AUDIO_INPUT, 100).build();
    return new Prompt(
        "m",
        new Prompt.ModelPlace.Elsewhere(),
        false,
        false,
        List.of(),
        200L,
        1,
        0,
        0,
        0,
        heard,
        null);
  }

  /** Four bytes to a token. */
  private static long textTokens(Prompt prompt) {
    return Math.ceilDiv(prompt.textBytes(), 4L);
  }

  private static Tally listing(int images, @Nullable Usage reported) {
    return new Tally(
        reported,
        reported,
        Usage.of(Meter.IMAGE, images),
        0,
        false,
        false,
        DeliveredText.NOTHING,
        null,
        ObjectState.NONE,
        null,
        images == 0);
  }

  private static Tally sound(long seconds) {
    return Tally.counted(Usage.of(Meter.SECOND, seconds));
  }

  private Charge charged(Offer offer, Prompt prompt, Tally tally, @Nullable String interruption) {
    CompletionStage<Charge> charge = charging.charge(offer, prompt, HELD, tally, interruption);
    channel.runPendingTasks();
    return charge.toCompletableFuture().getNow(Charging.NOTHING);
  }

  // ---- images, by the piece

  @Test
  void images_thatCameBack_areChargedAndNoOthers() {
    Offer offer = offer(fee(Meter.IMAGE, IMAGE_NANO_USD), IMAGES.soldBy());

    assertThat(charged(offer, threeImages(), listing(2, null), null))
        .isEqualTo(
            new Charge(Usage.of(Meter.IMAGE, 2), 2 * IMAGE_NANO_USD, 2 * IMAGE_NANO_USD, ""));
  }

  @Test
  void images_ofAnEmptyList_areFree() {
    Offer offer = offer(fee(Meter.IMAGE, IMAGE_NANO_USD), IMAGES.soldBy());

    Charge charge = charged(offer, threeImages(), listing(0, null), null);

    assertThat(charge).isEqualTo(new Charge(Usage.NONE, 0, 0, ""));
  }

  @Test
  void images_thatNobodyCounts_areThoseAskedForAndMarked() {
    Offer offer = offer(fee(Meter.IMAGE, IMAGE_NANO_USD), IMAGES.soldBy());
    long three = 3 * IMAGE_NANO_USD;

    assertThat(charged(offer, threeImages(), Tally.NOTHING, null))
        .isEqualTo(new Charge(Usage.of(Meter.IMAGE, 3), three, three, "missing_usage"));
    assertThat(charged(offer, threeImages(), Tally.NOTHING, "client_gone"))
        .isEqualTo(new Charge(Usage.of(Meter.IMAGE, 3), three, three, "client_gone"));
  }

  @Test
  void images_ofACardThatKnowsBoth_areSoldByThePieceAndTheirTokensNoted() {
    Offer offer = offer(IMAGE_TOKENS.over(fee(Meter.IMAGE, IMAGE_NANO_USD)), IMAGES.soldBy());
    Usage tokens = Usage.builder().set(Meter.INPUT, 9).set(Meter.IMAGE_OUTPUT, 272).build();

    assertThat(charged(offer, threeImages(), listing(1, tokens), null))
        .isEqualTo(
            new Charge(
                tokens.toBuilder().set(Meter.IMAGE, 1).build(),
                IMAGE_NANO_USD,
                IMAGE_NANO_USD,
                ""));
  }

  @Test
  void images_soFar_areThoseThatAreWhole() {
    Offer offer = offer(fee(Meter.IMAGE, IMAGE_NANO_USD), IMAGES.soldBy());

    assertThat(Charging.soFar(offer, threeImages(), HELD, Tally.NOTHING))
        .isEqualTo(Charging.NOTHING);
    assertThat(Charging.soFar(offer, threeImages(), HELD, listing(2, null)).billedNanoUsd())
        .isEqualTo(2 * IMAGE_NANO_USD);
  }

  // ---- images, by tokens

  @Test
  void images_soldByTokens_areNotChargedByThePieceToo() {
    Offer offer = offer(IMAGE_TOKENS, IMAGES.soldBy());
    Usage tokens = Usage.builder().set(Meter.INPUT, 9).set(Meter.IMAGE_OUTPUT, 272).build();
    long cost = 9 * 2_000 + 272 * 40_000;

    assertThat(charged(offer, threeImages(), listing(1, tokens), null))
        .isEqualTo(new Charge(tokens, cost, cost, ""));
  }

  @Test
  void images_withoutUsage_areTakenForSquaresOfHighQuality() {
    Offer offer = offer(IMAGE_TOKENS, IMAGES.soldBy());

    long text = textTokens(threeImages());
    Charge two = charged(offer, threeImages(), listing(2, null), null);
    assertThat(two.billedNanoUsd()).isEqualTo(text * 2_000 + 2 * 4160 * 40_000L);
    assertThat(two.estimated()).isEqualTo("missing_usage");
    assertThat(charged(offer, threeImages(), Tally.NOTHING, null).usage())
        .isEqualTo(
            Usage.builder().set(Meter.INPUT, text).set(Meter.IMAGE_OUTPUT, 3 * 4160).build());
  }

  @Test
  void images_withoutUsage_areNoLargerThanTheCardAllows() {
    ModelRates small =
        new ModelRates(
            "m", List.of(Purchases.TARGET), IMAGE_TOKENS, List.of(), Map.of(), 1056, 9999);

    assertThat(charged(offer(small, IMAGES.soldBy()), threeImages(), listing(1, null), null))
        .extracting(charge -> charge.usage().count(Meter.IMAGE_OUTPUT))
        .isEqualTo(1056L);
  }

  @Test
  void images_ofAnEmptyListWithoutUsage_costTheirPromptAlone() {
    Offer offer = offer(IMAGE_TOKENS, IMAGES.soldBy());

    assertThat(charged(offer, threeImages(), listing(0, null), null).usage())
        .isEqualTo(Usage.of(Meter.INPUT, textTokens(threeImages())));
  }

  // ---- speech

  @Test
  void speech_byTheCharacter_isExactAndNoEstimate() {
    Offer offer = offer(fee(Meter.CHARACTER, CHARACTER_NANO_USD), SPEECH.soldBy());

    Charge charge = charged(offer, speech(), sound(7), null);

    assertThat(charge.billedNanoUsd()).isEqualTo(100 * CHARACTER_NANO_USD);
    assertThat(charge.estimated()).isEmpty();
    assertThat(charge.usage()).isEqualTo(Usage.of(Meter.CHARACTER, 100));
  }

  @Test
  void speech_thatBrokeOff_costsWhatCanHaveBeenSpoken() {
    Offer offer = offer(fee(Meter.CHARACTER, CHARACTER_NANO_USD), SPEECH.soldBy());

    Charge one = charged(offer, speech(), sound(1), "upstream_broke");
    assertThat(one.billedNanoUsd()).isEqualTo(25 * CHARACTER_NANO_USD);
    assertThat(one.estimated()).isEqualTo("upstream_broke");
    assertThat(charged(offer, speech(), sound(9), "upstream_broke").billedNanoUsd())
        .isEqualTo(100 * CHARACTER_NANO_USD);
    assertThat(Charging.soFar(offer, speech(), HELD, sound(2)).billedNanoUsd())
        .isEqualTo(50 * CHARACTER_NANO_USD);
  }

  @Test
  void speech_thatTheClientLeft_costsAllOfIt() {
    Offer offer = offer(fee(Meter.CHARACTER, CHARACTER_NANO_USD), SPEECH.soldBy());

    Charge charge = charged(offer, speech(), sound(1), "client_gone");
    assertThat(charge.billedNanoUsd()).isEqualTo(100 * CHARACTER_NANO_USD);
    assertThat(charge.estimated()).isEqualTo("client_gone");
  }

  @Test
  void speech_byTokensWithoutUsage_isEstimatedFromItsTextAndItsLength() {
    Offer offer = offer(VOICE_TOKENS, SPEECH.soldBy());

    Charge charge = charged(offer, speech(), sound(7), null);

    assertThat(charge.billedNanoUsd()).isEqualTo(textTokens(speech()) * 600 + 7 * 20 * 12_000);
    assertThat(charge.estimated()).isEqualTo("missing_usage");
  }

  // ---- transcriptions

  private static Offer ears(Prices prices) {
    return offer(prices, Purchases.endpoint("/v1/audio/transcriptions").soldBy());
  }

  @Test
  void transcription_bySeconds_isAsTheAnswerCounts() {
    assertThat(charged(ears(fee(Meter.SECOND, SECOND_NANO_USD)), tenSeconds(), sound(9), null))
        .isEqualTo(
            new Charge(Usage.of(Meter.SECOND, 9), 9 * SECOND_NANO_USD, 9 * SECOND_NANO_USD, ""));
  }

  @Test
  void transcription_whoseAnswerDoesNotCount_isAsLongAsTheFile() {
    Tally text = Tally.unreported(new DeliveredText(new byte[] {'x'}, 1));

    assertThat(charged(ears(fee(Meter.SECOND, SECOND_NANO_USD)), tenSeconds(), text, null))
        .isEqualTo(
            new Charge(
                Usage.of(Meter.SECOND, 10),
                10 * SECOND_NANO_USD,
                10 * SECOND_NANO_USD,
                "missing_usage"));
  }

  @Test
  void transcription_byTokensWithoutUsage_isEstimatedFromTheFile() {
    Charge charge = charged(ears(EAR_TOKENS), tenSeconds(), Tally.NOTHING, "upstream_broke");

    assertThat(charge.usage()).isEqualTo(Usage.of(Meter.AUDIO_INPUT, 100));
    assertThat(charge.billedNanoUsd()).isEqualTo(100 * 6_000);
  }

  @Test
  void transcription_byTokens_doesNotAddWhatTheFileTells() {
    Usage reported = Usage.builder().set(Meter.AUDIO_INPUT, 97).set(Meter.OUTPUT, 5).build();
    Tally tally =
        new Tally(reported, reported, Usage.NONE, 0, false, false, DeliveredText.NOTHING, null);

    assertThat(charged(ears(EAR_TOKENS), tenSeconds(), tally, null))
        .isEqualTo(new Charge(reported, 97 * 6_000 + 5 * 10_000, 97 * 6_000 + 5 * 10_000, ""));
  }

  @Test
  void anError_isFree_howeverItIsSold() {
    assertThat(charged(ears(fee(Meter.SECOND, SECOND_NANO_USD)), tenSeconds(), Tally.ERROR, null))
        .isEqualTo(Charging.NOTHING);
  }
}
