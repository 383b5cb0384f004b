package dev.tollgate.pricing;

import static dev.tollgate.pricing.CostTest.prices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tollgate.domain.Money;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuoteTest {
  private static final Target TARGET = new Target("acme", "m");
  private static final ModelRates PLAIN =
      ModelRates.of("m", TARGET, prices("input", "1", "output", "2"));
  private static final ModelRates EVERYTHING =
      new ModelRates(
          "m",
          List.of(TARGET),
          prices("input", "1", "output", "2", "cache_write_1h", "2.5", "request", "0.01"),
          List.of(new Tier(1000, prices("input", "4", "output", "8"))),
          Map.of("priority", prices("output", "20"), "flex", prices("input", "0.1")),
          4096,
          128_000);

  @Test
  void quote_takesTheDearestPriceOfEachSide() {
    assertThat(Quote.of(EVERYTHING, 1000, 10, null).nanoUsd())
        .isEqualTo(1000 * 2500 + 10 * 2000 + 10_000_000);
    assertThat(Quote.of(EVERYTHING, 1001, 10, null).nanoUsd())
        .isEqualTo(1001 * 4000 + 10 * 8000 + 10_000_000);
    assertThat(Quote.of(EVERYTHING, 1001, 10, "priority").nanoUsd())
        .isEqualTo(1001 * 4000 + 10 * 20_000 + 10_000_000);
  }

  @Test
  void quote_ofACheaperServiceTier_stillCoversTheOrdinaryPrice() {
    assertThat(Quote.of(EVERYTHING, 10, 10, "flex").nanoUsd())
        .isEqualTo(Quote.of(EVERYTHING, 10, 10, null).nanoUsd());
  }

  @Test
  void quote_ofAbsurdlyMuch_saturates() {
    Quote quote = Quote.of(PLAIN, Long.MAX_VALUE, Long.MAX_VALUE, null);

    assertThat(quote.nanoUsd()).isEqualTo(Money.MAX_NANO_USD);
    assertThat(quote.tokens()).isEqualTo(Money.MAX_NANO_USD);
  }

  @Test
  void quote_ofAnUnpricedSide_isABug() {
    ModelRates embedding = ModelRates.of("e", TARGET, prices("input", "0.01"));

    assertThat(Quote.of(embedding, 1_000_000, 0, null).nanoUsd()).isEqualTo(10_000_000);
    assertThatIllegalArgumentException().isThrownBy(() -> Quote.of(embedding, 1, 1, null));
  }

  @Test
  void affordableOutput_isWhatIsLeftBehindThePrompt() {
    Quote quote = Quote.of(PLAIN, 1000, 1000, null);

    assertThat(quote.nanoUsd()).isEqualTo(3_000_000);
    assertThat(quote.affordableOutputTokens(999_999)).isNull();
    assertThat(quote.affordableOutputTokens(1_000_000)).isZero();
    assertThat(quote.affordableOutputTokens(1_003_999)).isEqualTo(1);
    assertThat(quote.affordableOutputTokens(2_000_000)).isEqualTo(500);
    assertThat(quote.affordableOutputTokens(Long.MAX_VALUE)).isEqualTo(1000);
    assertThat(quote.affordableOutputTokens(Long.MIN_VALUE)).isNull();
    assertThat(Quote.of(PLAIN, 10, 0, null).affordableOutputTokens(100_000)).isNull();
  }

  @Test
  void affordableOutput_followsTheAccountsMultiplier() {
    Quote quote = Quote.of(PLAIN, 1000, 1000, null);

    assertThat(quote.affordableOutputTokens(2_000_000, 6_000_000)).isZero();
    assertThat(quote.affordableOutputTokens(4_000_000, 6_000_000)).isEqualTo(500);
    assertThat(quote.affordableOutputTokens(1_000_000, 1_500_000)).isEqualTo(500);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 0, 0, 0",
    "1, 0, 0, 0, 0, 1",
    "3, 0, 0, 0, 0, 1",
    "4, 0, 0, 0, 0, 2",
    "300, 2, 1, 0, 0, 1716",
    "300, 2, 0, 255, 346, 717"
  })
  void inputTokens_areEstimatedUpwards(
      long bytes, long messages, long images, long imageTokens, long counted, long tokens) {
    PromptSize size = new PromptSize(bytes, messages, images, imageTokens, counted, null, 1);

    assertThat(size.inputTokens(QuoteSettings.DEFAULT, PLAIN)).isEqualTo(tokens);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, 100, 1855", // as the settings have it: 3 bytes a token
    "1, 100, 300, 1855",
    "2, 100, 150, 1855",
    "6, 100, 50, 1855",
    "0, 300, 100, 5565",
    "0, 33, 100, 613",
    "0, 0, 100, 0"
  })
  void inputTokens_followTheModelsOwnRatios(
      int bytesPerToken, int imagePercent, long textTokens, long imageTokens) {
    PromptSize text = new PromptSize(300, 0, 0, 0, 0, null, 1);
    PromptSize images = new PromptSize(0, 0, 1, 255, 0, null, 1);
    ModelRates rates = withRatios(new QuoteRatios(bytesPerToken, imagePercent));

    assertThat(text.inputTokens(QuoteSettings.DEFAULT, rates)).isEqualTo(textTokens);
    assertThat(images.inputTokens(QuoteSettings.DEFAULT, rates)).isEqualTo(imageTokens);
  }

  @Test
  void inputTokens_beyondALong_saturate() {
    long max = Long.MAX_VALUE;
    PromptSize size = new PromptSize(max, max, max, max, max, null, 1);

    assertThat(size.inputTokens(QuoteSettings.DEFAULT, PLAIN)).isEqualTo(max);
    assertThat(size.inputTokens(QuoteSettings.DEFAULT, withRatios(new QuoteRatios(1, 3000))))
        .isEqualTo(max);
  }

  private static ModelRates withRatios(QuoteRatios ratios) {
    return new ModelRates(
        "m",
        List.of(TARGET),
        PLAIN.prices(),
        List.of(),
        Map.of(),
        ModelRates.UNBOUNDED,
        ModelRates.UNBOUNDED,
        ratios);
  }

  @Test
  void outputTokens_areTheCapWithinTheModel_timesTheAnswers() {
    assertThat(outputTokens(PLAIN, null, 1)).isEqualTo(16_384);
    assertThat(outputTokens(EVERYTHING, null, 1)).isEqualTo(4096);
    assertThat(outputTokens(EVERYTHING, 100L, 3)).isEqualTo(300);
    assertThat(outputTokens(EVERYTHING, Long.MAX_VALUE, 2)).isEqualTo(8192);
    assertThat(outputTokens(PLAIN, Long.MAX_VALUE, 128)).isEqualTo(Long.MAX_VALUE);
    assertThat(outputTokens(ModelRates.of("e", TARGET, prices("input", "0.01")), 5L, 1)).isZero();
  }

  private static long outputTokens(ModelRates rates, @Nullable Long cap, long answers) {
    return new PromptSize(0, 0, 0, 0, 0, cap, answers).outputTokens(QuoteSettings.DEFAULT, rates);
  }

  @Test
  void find_refusesAModelThatLacksAPriceItNeeds() {
    ModelRates embedding = ModelRates.of("e", TARGET, prices("input", "0.01"));
    ModelRates free = ModelRates.of("f", TARGET, prices("input", "0", "output", "0"));
    ModelRates outputOnly = ModelRates.of("o", TARGET, prices("output", "1"));
    RateCard card =
        new RateCard(
            Map.of("e", embedding, "f", free, "o", outputOnly),
            List.of(),
            Map.of(),
            List.of(),
            new TopUpRates(1, 2, List.of()),
            Map.of(),
            20_000_000);

    assertThat(card.find("e", ModelRates.INPUT_ALONE)).isEqualTo(embedding);
    assertThat(card.find("e", ModelRates.INPUT_AND_OUTPUT)).isNull();
    assertThat(card.find("f", ModelRates.INPUT_AND_OUTPUT)).isEqualTo(free);
    assertThat(card.find("o", ModelRates.INPUT_AND_OUTPUT)).isNull();
    assertThat(card.find("nobody", ModelRates.INPUT_ALONE)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"10, 0, 10", "50, 50000, 52.5", "100, 100000, 110", "200, 150000, 230"})
  void package_addsItsBonus(String pay, long bonusPpm, String balance) {
    assertThat(Money.usd(new FundsPackage(Money.parseUsd(pay), bonusPpm).balanceNanoUsd()))
        .isEqualTo(balance);
  }
}
