package dev.tollgate.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Usage;
import dev.tollgate.pricing.Cost;
import dev.tollgate.pricing.FundsPackage;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.pricing.RateCard;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files that the project ships: they load clean, and carry the prices that were promised. */
class DefaultFilesTest {
  private static final Path GATEWAY = Path.of("../config/gateway.yaml");

  private static final Checked<Snapshot> LOADED =
      new ConfigLoader(
              Map.of("TOLLGATE_ADMIN_TOKEN", "t", "ACME_API_KEY", "k"), ConfigBounds.DEFAULT)
          .load(GATEWAY);

  private static Snapshot snapshot() {
    return ((Checked.Valid<Snapshot>) LOADED).value();
  }

  private static RateCard card() {
    return snapshot().rates();
  }

  @Test
  void files_loadClean() {
    assertThat(LOADED).isInstanceOf(Checked.Valid.class);
    assertThat(LOADED.notices()).isEmpty();
  }

  @Test
  void gatewayFile_saysTheDefaults() {
    assertThat(snapshot().gateway().limits().quotes()).isEqualTo(QuoteSettings.DEFAULT);
    assertThat(snapshot().gateway().providers()).containsOnlyKeys("acme");
  }

  @Test
  void variables_areAllThatIsNeeded() {
    Checked<Snapshot> checked = new ConfigLoader(Map.of(), ConfigBounds.DEFAULT).load(GATEWAY);

    assertThat(((Checked.Faulty<Snapshot>) checked).faults())
        .extracting(Finding::message)
        .containsExactly(
            "the environment variable TOLLGATE_ADMIN_TOKEN is not set",
            "the environment variable ACME_API_KEY is not set");
  }

  @ParameterizedTest
  @CsvSource({
    "llama-3.3-70b, 0.20, 0.60",
    "qwen-3-32b, 0.10, 0.30",
    "deepseek-r1-distill-70b, 0.15, 0.45",
    "codestral-latest, 0.30, 0.90",
    "llama-3.1-8b, 0.05, 0.10",
    "mistral-7b-instruct, 0.04, 0.08"
  })
  void inference_isPricedAsPromised(String model, String input, String output) {
    ModelRates rates = Objects.requireNonNull(card().find(model, ModelRates.INPUT_AND_OUTPUT));

    assertThat(rates.prices().named(Meter.INPUT)).isEqualTo(Money.parseUsd(input));
    assertThat(rates.prices().named(Meter.OUTPUT)).isEqualTo(Money.parseUsd(output));
  }

  @ParameterizedTest
  @CsvSource({"bge-large-en-v1.5, 0.01", "bge-reranker-v2-m3, 0.02"})
  void embeddingAndReranking_arePricedByInputAlone(String model, String input) {
    ModelRates rates = Objects.requireNonNull(card().find(model, ModelRates.INPUT_ALONE));

    assertThat(rates.prices().named(Meter.INPUT)).isEqualTo(Money.parseUsd(input));
    assertThat(rates.prices().price(Meter.OUTPUT)).isEqualTo(Prices.UNPRICED);
  }

  @Test
  void models_areThoseAndNoOthers() {
    assertThat(card().models()).hasSize(8);
    assertThat(card().trainingNanoUsd()).hasSize(8);
    assertThat(card().plans()).containsOnlyKeys("developer", "pro", "enterprise", "pro_plan");
  }

  @Test
  void documentedExample_costsWhatTheDocumentSays() {
    Usage usage = Usage.builder().set(Meter.INPUT, 1000).set(Meter.OUTPUT, 500).build();
    Cost cost = Cost.of(ConfigFiles.named(card().models(), "llama-3.3-70b"), usage, null);

    assertThat(Money.usd(((Cost.Charged) cost).listNanoUsd())).isEqualTo("0.0005");
  }

  @ParameterizedTest
  @CsvSource({
    "Qwen/Qwen3.5-2B, 0.45",
    "google/gemma-4-E2B-it, 0.45",
    "ibm-granite/granite-3.3-2b-instruct, 0.45",
    "meta-llama/Llama-3.2-3B-Instruct, 0.55",
    "bigcode/starcoder2-3b, 0.55",
    "Qwen/Qwen3.5-4B, 0.70",
    "google/gemma-4-E4B-it, 0.70",
    "microsoft/Phi-4-mini-instruct, 0.70"
  })
  void training_isPricedAsPromised(String model, String usd) {
    assertThat(card().trainingNanoUsd()).containsEntry(model, Money.parseUsd(usd));
  }

  @ParameterizedTest
  @CsvSource({"0, 10, 10", "1, 50, 52.5", "2, 100, 110", "3, 200, 230"})
  void packages_addWhatWasPromised(int index, String pay, String balance) {
    FundsPackage funds = card().packages().get(index);

    assertThat(Money.usd(funds.payNanoUsd())).isEqualTo(pay);
    assertThat(Money.usd(funds.balanceNanoUsd())).isEqualTo(balance);
  }

  @Test
  void topUps_areBoundedAndOfferedAsPromised() {
    assertThat(Money.usd(card().topUp().minNanoUsd())).isEqualTo("5");
    assertThat(Money.usd(card().topUp().maxNanoUsd())).isEqualTo("10000");
    assertThat(card().topUp().presetsNanoUsd())
        .extracting(Money::usd)
        .containsExactly("10", "25", "50", "100");
    assertThat(Money.usd(card().creditNanoUsd())).isEqualTo("0.02");
  }

  @ParameterizedTest
  @CsvSource({"developer, 29, 600, 5, 5", "pro, 49, 3000, 10, 10"})
  void plans_costAndAllowWhatWasPromised(
      String id, String fee, long rpm, long knowledgeBases, long storageGb) {
    Plan plan = ConfigFiles.named(card().plans(), id);

    assertThat(plan.monthlyFeeNanoUsd()).isEqualTo(Money.parseUsd(fee));
    assertThat(plan.requestsPerMinute()).isEqualTo(rpm);
    assertThat(plan.allowances())
        .containsEntry("knowledge_bases", knowledgeBases)
        .containsEntry("storage_gb", storageGb);
  }

  @Test
  void enterpriseAndSubscription_areAsPromised() {
    Plan enterprise = ConfigFiles.named(card().plans(), "enterprise");
    assertThat(enterprise.monthlyFeeNanoUsd()).isNull();
    assertThat(enterprise.requestsPerMinute()).isEqualTo(10_000);
    assertThat(enterprise.allowances()).containsEntry("knowledge_bases", Plan.UNLIMITED);

    Plan subscription = ConfigFiles.named(card().plans(), "pro_plan");
    assertThat(subscription.name()).isEqualTo("Pro Plan");
    assertThat(subscription.funding()).isEqualTo(Plan.Funding.SUBSCRIPTION);
    assertThat(subscription.limits())
        .extracting(limit -> limit.name() + " " + Money.usd(limit.limit()))
        .containsExactly("1d 5", "7d 30", "30d 100");
  }
}
