package dev.tollgate.pricemap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.pricemap.ImportSettings.ProviderName;
import dev.tollgate.pricemap.ImportedEntry.LeftOut;
import dev.tollgate.pricemap.ImportedEntry.Reason;
import dev.tollgate.pricemap.ImportedEntry.Taken;
import dev.tollgate.pricing.CardFacts;
import dev.tollgate.pricing.Target;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each key of a price map becomes, and what is left out instead of guessed. */
class PriceMapImportTest {
  private static final String CHAT =
      "\"mode\": \"chat\", \"input_cost_per_token\": 3e-06, \"output_cost_per_token\": 1.5e-05";

  private static PriceMapImport read(String map, ImportSettings settings) {
    try {
      return PriceMapImport.read(
          new ByteArrayInputStream(map.getBytes(UTF_8)), "map.json", settings);
    } catch (PriceMapFault fault) {
      throw new AssertionError(fault);
    }
  }

  private static ImportedEntry entry(String fields) {
    return named("m", fields, ImportSettings.ALL).entries().getFirst();
  }

  private static PriceMapImport named(String name, String fields, ImportSettings settings) {
    return read(
        "{ \"" + name + "\": { \"litellm_provider\": \"acme\", " + fields + " } }", settings);
  }

  private static Taken taken(String fields) {
    ImportedEntry entry = entry(fields);
    assertThat(entry).isInstanceOf(Taken.class);
    return (Taken) entry;
  }

  /** All that the card says of the model but whom it is from. */
  private static List<String> facts(Taken taken) {
    return CardFacts.of(taken.rates()).stream()
        .filter(fact -> !fact.key().equals("targets"))
        .map(fact -> fact.key() + " " + fact.value())
        .toList();
  }

  private static List<String> remarks(Taken taken) {
    return taken.remarks().stream().map(remark -> remark.kind() + " " + remark.key()).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "1.5e-07, 0.15",
    "1.5E-7, 0.15",
    "0.00000015, 0.15",
    "3e-06, 3",
    "0.0006, 600",
    "2.8e-09, 0.0028",
    "1e-15, 0.000000001",
    "0.001, 1000"
  })
  void price_ofAToken_isTheExactDecimalPerMillion(String perToken, String perMillion) {
    Taken taken =
        taken(
            "\"mode\": \"chat\", \"output_cost_per_token\": 1e-6, \"input_cost_per_token\": "
                + perToken);

    assertThat(facts(taken)).contains("prices.input " + perMillion);
    assertThat(remarks(taken)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1.000000005e-07, 0.1", // a tie, to the even 100000000
    "1.000000015e-07, 0.100000002", // a tie, to the even 100000002
    "1.00000000500000000001e-07, 0.100000001",
    "2.0833333333e-07, 0.208333333",
    "2.9999900000000002e-06, 2.99999",
    "3.0001999999999996e-07, 0.30002",
    "6e-16, 0.000000001"
  })
  void price_finerThanACard_isRoundedHalfEvenAndSaysSo(String perToken, String perMillion) {
    Taken taken = taken("\"mode\": \"embedding\", \"input_cost_per_token\": " + perToken);

    assertThat(facts(taken)).containsExactly("prices.input " + perMillion);
    assertThat(remarks(taken)).containsExactly("ROUNDED input_cost_per_token");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          input_cost_per_token | prices.input
          output_cost_per_token | prices.output
          cache_read_input_token_cost | prices.cache_read
          input_cost_per_token_cache_hit | prices.cache_read
          cache_creation_input_token_cost | prices.cache_write_5m
          cache_creation_input_token_cost_above_1hr | prices.cache_write_1h
          output_cost_per_reasoning_token | prices.reasoning
          input_cost_per_audio_token | prices.audio_input
          output_cost_per_audio_token | prices.audio_output
          input_cost_per_image_token | prices.image_input
          output_cost_per_image_token | prices.image_output
          input_cost_per_token_flex | service_tiers.flex.input
          output_cost_per_token_priority | service_tiers.priority.output
          cache_read_input_token_cost_priority | service_tiers.priority.cache_read
          input_cost_per_audio_token_priority | service_tiers.priority.audio_input
          input_cost_per_token_batches | service_tiers.batch.input
          output_cost_per_token_batches | service_tiers.batch.output
          input_cost_per_token_above_128k_tokens | tiers.128000.input
          output_cost_per_token_above_200k_tokens | tiers.200000.output
          cache_read_input_token_cost_above_272k_tokens | tiers.272000.cache_read
          cache_creation_input_token_cost_above_200k_tokens | tiers.200000.cache_write_5m
          cache_creation_input_token_cost_above_1hr_above_200k_tokens | tiers.200000.cache_write_1h
          input_cost_per_token_above_512k_tokens | tiers.512000.input
          input_cost_per_token_above_200k_tokens_priority | tiers.200000.service_tiers.priority.input
          output_cost_per_token_above_272k_tokens_flex | tiers.272000.service_tiers.flex.output
          input_cost_per_token_above_272k_tokens_batches | tiers.272000.service_tiers.batch.input
          """)
  void key_ofTokens_hasItsPlaceOnTheCard(String key, String fact) {
    String rest = CHAT.replace("\"" + key + "\"", "\"source\"");

    Taken taken = taken(rest + ", \"" + key + "\": 7.5e-07");

    assertThat(facts(taken)).contains(fact + " 0.75");
    assertThat(taken.sources()).containsEntry(fact, key);
    assertThat(remarks(taken)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "chat, input_cost_per_request, fees.request",
    "rerank, input_cost_per_query, fees.search_unit",
    "image_generation, output_cost_per_image, fees.image",
    "image_generation, input_cost_per_image, fees.image",
    "image_edit, output_cost_per_image, fees.image",
    "audio_transcription, input_cost_per_second, fees.second",
    "audio_transcription, output_cost_per_second, fees.second",
    "audio_speech, input_cost_per_character, fees.character"
  })
  void fee_ofItsMode_hasItsPlaceOnTheCard(String mode, String key, String fact) {
    String tokens = mode.equals("chat") ? CHAT + ", " : "\"mode\": \"" + mode + "\", ";

    Taken taken = taken(tokens + "\"" + key + "\": 2.5e-03");

    assertThat(facts(taken)).contains(fact + " 0.0025");
    assertThat(taken.sources()).containsEntry(fact, key);
  }

  @Test
  void fee_ofAnotherMode_isNotUnderstood() {
    Taken taken =
        taken(
            CHAT
                + ", \"input_cost_per_image\": 0.001, \"output_cost_per_image\": 0.04,"
                + " \"input_cost_per_character\": 1e-6, \"input_cost_per_second\": 1e-4,"
                + " \"input_cost_per_query\": 0.002");

    assertThat(facts(taken)).containsExactly("prices.input 3", "prices.output 15");
    assertThat(remarks(taken))
        .containsExactly(
            "NOT_UNDERSTOOD input_cost_per_image",
            "NOT_UNDERSTOOD output_cost_per_image",
            "NOT_UNDERSTOOD input_cost_per_character",
            "NOT_UNDERSTOOD input_cost_per_second",
            "NOT_UNDERSTOOD input_cost_per_query");
  }

  @Test
  void keysThatArePrices_butHaveNoPlace_areRemarked_andOthersAreNot() {
    Taken taken =
        taken(
            CHAT
                + """
                , "cache_read_input_audio_token_cost": 1e-6, "citation_cost_per_token": 2e-6,
                "input_cost_per_token_above_1m_tokens": 1e-6, "ocr_cost_per_page": 0.003,
                "regional_processing_uplift_multiplier_eu": 1.1, "input_dbu_cost_per_token": 1e-6,
                "provider_specific_entry": { "fast": 6.0 }, "web_search_billing_unit": "per_prompt",
                "supports_vision": true, "supports_cost_tracking": true, "source": "https://x",
                "deprecation_date": "2027-01-01", "rpm": 100, "metadata": { "notes": "cost" },
                "supported_endpoints": ["/v1/chat"], "output_cost_per_token_flex": null,
                "reasoning_effort_ceiling": "high"
                """);

    assertThat(remarks(taken))
        .containsExactly(
            "NOT_UNDERSTOOD cache_read_input_audio_token_cost",
            "NOT_UNDERSTOOD citation_cost_per_token",
            "NOT_UNDERSTOOD input_cost_per_token_above_1m_tokens",
            "NOT_UNDERSTOOD ocr_cost_per_page",
            "NOT_UNDERSTOOD regional_processing_uplift_multiplier_eu",
            "NOT_UNDERSTOOD input_dbu_cost_per_token",
            "NOT_UNDERSTOOD provider_specific_entry",
            "NOT_UNDERSTOOD web_search_billing_unit",
            "PASSED_OVER reasoning_effort_ceiling");
    assertThat(facts(taken)).containsExactly("prices.input 3", "prices.output 15");
  }

  @Test
  void textOnlyEntries_thatCouldBePrices_areNot() {
    assertThat(
            remarks(
                taken(
                    CHAT
                        + ", \"provider_specific_entry\": { \"schema\": \"v2\" },"
                        + " \"web_search_billing_unit\": \"per_query\"")))
        .isEmpty();
  }

  @Test
  void zeroBesideAPrice_isNotTakenAsFree() {
    Taken taken =
        taken(
            CHAT
                + ", \"cache_creation_input_token_cost\": 0, \"cache_read_input_token_cost\": 0.0,"
                + " \"input_cost_per_token_flex\": 0");

    assertThat(facts(taken)).containsExactly("prices.input 3", "prices.output 15");
    assertThat(remarks(taken))
        .containsExactlyInAnyOrder(
            "ZERO cache_creation_input_token_cost",
            "ZERO cache_read_input_token_cost",
            "ZERO input_cost_per_token_flex");
  }

  @Test
  void zeroForWhatIsNotSold_losesNothing() {
    assertThat(
            remarks(
                taken(
                    "\"mode\": \"embedding\", \"input_cost_per_token\": 1e-8,"
                        + " \"output_cost_per_token\": 0.0, \"output_cost_per_token_batches\": 0,"
                        + " \"input_cost_per_image\": 0")))
        .isEmpty();
    Taken heard =
        taken(
            "\"mode\": \"audio_transcription\", \"input_cost_per_second\": 1e-4,"
                + " \"output_cost_per_second\": 0.0, \"input_cost_per_token\": 0,"
                + " \"output_cost_per_token\": 0");
    assertThat(facts(heard)).containsExactly("fees.second 0.0001");
    assertThat(remarks(heard)).isEmpty();
    Taken ranked =
        taken(
            "\"mode\": \"rerank\", \"input_cost_per_token\": 0.0, \"output_cost_per_token\": 0.0,"
                + " \"input_cost_per_query\": 0.002, \"max_input_tokens\": 4096");
    assertThat(facts(ranked)).containsExactly("fees.search_unit 0.002", "context_tokens 4096");
    assertThat(remarks(ranked)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0 | FREE |
          "mode": "chat", "input_cost_per_token": 0.0, "output_cost_per_token": 1e-6 | FREE |
          "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 0e-9 | FREE |
          "mode": "moderation", "input_cost_per_token": 0.0 | FREE |
          "mode": "rerank", "input_cost_per_token": 0, "input_cost_per_query": 0 | FREE |
          "mode": "chat" | PRICE_MISSING | chat needs input and output
          "mode": "chat", "input_cost_per_token": 1e-6 | PRICE_MISSING | chat needs input and output
          "mode": "chat", "output_cost_per_token": 1e-6 | PRICE_MISSING | chat needs input and output
          "mode": "chat", "input_cost_per_token_priority": 1e-6, "output_cost_per_token": 1e-6 | PRICE_MISSING | chat needs input and output
          "mode": "chat", "input_cost_per_second": 1e-3, "output_cost_per_second": 1e-3 | PRICE_MISSING | chat needs input and output
          "mode": "embedding", "input_cost_per_character": 1e-6 | PRICE_MISSING | embedding needs input
          "mode": "image_generation", "input_cost_per_pixel": 1e-8, "output_cost_per_pixel": 0.0 | PRICE_MISSING | image_generation needs input and image_output, or image, or input and output
          "mode": "audio_speech", "input_cost_per_token": 1e-6 | PRICE_MISSING | audio_speech needs input and output, or input and audio_output, or character
          "mode": "video_generation", "output_cost_per_second": 0.1 | MODE_NOT_SERVED | video_generation
          "mode": "realtime", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6 | MODE_NOT_SERVED | realtime
          "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6 | NO_MODE |
          "mode": "chat", "input_cost_per_token": 0.02, "output_cost_per_token": 1e-6 | FAULTY | input_cost_per_token is beyond $1000 per million: a slip of units?
          "mode": "chat", "input_cost_per_token": 1e400, "output_cost_per_token": 1e-6 | FAULTY | input_cost_per_token is beyond $1000 per million: a slip of units?
          "mode": "chat", "input_cost_per_token": 1e-400, "output_cost_per_token": 1e-6 | FAULTY | input_cost_per_token is less than a nano-USD per million
          "mode": "chat", "input_cost_per_token": 5e-16, "output_cost_per_token": 1e-6 | FAULTY | input_cost_per_token is less than a nano-USD per million
          "mode": "chat", "input_cost_per_token": -1e-6, "output_cost_per_token": 1e-6 | FAULTY | input_cost_per_token is negative
          "mode": "chat", "input_cost_per_token": "1e-6", "output_cost_per_token": 1e-6 | FAULTY | input_cost_per_token is not a number
          "mode": "chat", "input_cost_per_token": true, "output_cost_per_token": 1e-6 | FAULTY | input_cost_per_token is not a number
          "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "input_cost_per_token_flex": -1 | FAULTY | input_cost_per_token_flex is negative
          "mode": "image_edit", "output_cost_per_image": 10001 | FAULTY | output_cost_per_image is beyond $10000: a slip of units?
          """)
  void entry_thatCannotBeSold_isLeftOutWithAReason(
      String fields, Reason reason, @Nullable String detail) {
    assertThat(entry(fields))
        .isEqualTo(new LeftOut("m", 1, reason, Objects.requireNonNullElse(detail, "")));
  }

  @Test
  void freeModel_thatIsNamedAsFree_hasExplicitZeros() {
    ImportSettings free = new ImportSettings(List.of(), List.of(), List.of("open*"), false);
    String zeros =
        "\"mode\": \"chat\", \"input_cost_per_token\": 0, \"output_cost_per_token\": 0.0,"
            + " \"cache_read_input_token_cost\": 0";

    Taken taken = named("open-1", zeros, free).taken().getFirst();

    assertThat(facts(taken))
        .containsExactly("prices.input 0", "prices.cache_read 0", "prices.output 0");
    assertThat(remarks(taken)).isEmpty();
    assertThat(named("closed", zeros, free).leftOut())
        .extracting(LeftOut::reason)
        .containsExactly(Reason.FREE);
  }

  @Test
  void tokensAndAFeeForTheSame_areNotBothCharged() {
    Taken taken =
        taken(
            "\"mode\": \"image_generation\", \"input_cost_per_token\": 2e-6,"
                + " \"output_cost_per_token\": 12e-6, \"output_cost_per_image_token\": 120e-6,"
                + " \"output_cost_per_image\": 0.134");

    assertThat(facts(taken))
        .containsExactly("prices.input 2", "prices.output 12", "prices.image_output 120");
    assertThat(remarks(taken)).containsExactly("PRICED_TWICE output_cost_per_image");
  }

  @Test
  void imageWithoutAPriceForItsTokens_isPricedAsOne_besideTheTextThatGoesIn() {
    Taken taken =
        taken(
            "\"mode\": \"image_generation\", \"input_cost_per_token\": 1e-7,"
                + " \"output_cost_per_token\": 4e-7, \"output_cost_per_image\": 0.039");

    assertThat(facts(taken)).containsExactly("prices.input 0.1", "fees.image 0.039");
    assertThat(remarks(taken)).containsExactly("PRICED_TWICE output_cost_per_token");
  }

  @Test
  void moderation_isSoldByTokensOrByTheRequest() {
    assertThat(facts(taken("\"mode\": \"moderation\", \"input_cost_per_token\": 1e-7")))
        .containsExactly("prices.input 0.1");
    assertThat(
            facts(
                taken(
                    "\"mode\": \"moderation\", \"input_cost_per_token\": 0.0,"
                        + " \"input_cost_per_request\": 0.001")))
        .containsExactly("fees.request 0.001");
  }

  @Test
  void imagesThatGoIn_areNotThoseThatComeOut() {
    Taken taken =
        taken(
            "\"mode\": \"image_edit\", \"input_cost_per_image\": 0.001,"
                + " \"output_cost_per_image\": 0.04");
    assertThat(facts(taken)).containsExactly("fees.image 0.04");
    assertThat(remarks(taken)).containsExactly("NOT_UNDERSTOOD input_cost_per_image");

    Taken same =
        taken(
            "\"mode\": \"image_edit\", \"input_cost_per_image\": 0.040,"
                + " \"output_cost_per_image\": 0.04");
    assertThat(facts(same)).containsExactly("fees.image 0.04");
    assertThat(remarks(same)).isEmpty();
  }

  @Test
  void secondsThatArePricedTwice_countOnce() {
    Taken same =
        taken(
            "\"mode\": \"audio_transcription\", \"input_cost_per_second\": 0.0001,"
                + " \"output_cost_per_second\": 0.0001");
    assertThat(facts(same)).containsExactly("fees.second 0.0001");
    assertThat(remarks(same)).isEmpty();

    Taken different =
        taken(
            "\"mode\": \"audio_transcription\", \"input_cost_per_second\": 0.0001,"
                + " \"output_cost_per_second\": 0.0002");
    assertThat(facts(different)).containsExactly("fees.second 0.0002");
    assertThat(remarks(different)).containsExactly("DEAREST output_cost_per_second");
  }

  @Test
  void searchContext_isAWebSearch_atItsDearest() {
    Taken same = taken(CHAT + ", " + search("0.01", "0.01", "0.01"));
    assertThat(facts(same)).contains("fees.web_search 0.01");
    assertThat(remarks(same)).isEmpty();

    Taken different = taken(CHAT + ", " + search("0.005", "0.012", "0.008"));
    assertThat(facts(different)).contains("fees.web_search 0.012");
    assertThat(remarks(different)).containsExactly("DEAREST search_context_cost_per_query");

    assertThat(remarks(taken(CHAT + ", \"search_context_cost_per_query\": 0.01")))
        .containsExactly("NOT_UNDERSTOOD search_context_cost_per_query");
    assertThat(remarks(taken(CHAT + ", " + search("0", "0", "0"))))
        .containsExactly("ZERO search_context_cost_per_query");
  }

  private static String search(String low, String high, String medium) {
    return "\"search_context_cost_per_query\": { \"search_context_size_low\": "
        + low
        + ", \"search_context_size_high\": "
        + high
        + ", \"search_context_size_medium\": "
        + medium
        + " }";
  }

  @Test
  void ranges_areTheModelsPricesAndItsTiers() {
    Taken taken =
        taken(
            """
            "mode": "chat", "tiered_pricing": [
              { "range": [0, 32000.0], "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6,
                "output_cost_per_reasoning_token": 6e-6, "cache_read_input_token_cost": 1e-7 },
              { "range": [32000.0, 128000], "input_cost_per_token": 1.8e-6,
                "output_cost_per_token": 9e-6, "output_cost_per_reasoning_token": 1e-5,
                "cache_read_input_token_cost": 1.8e-7, "tokens_per_answer_cost": 1 },
              { "range": [128000, 256000], "input_cost_per_token": 3e-6,
                "output_cost_per_token": 1.5e-5, "input_cost_per_token_flex": 1e-6 } ]
            """);

    assertThat(facts(taken))
        .containsExactly(
            "prices.input 1",
            "prices.cache_read 0.1",
            "prices.output 5",
            "prices.reasoning 6",
            "tiers.32000.input 1.8",
            "tiers.32000.cache_read 0.18",
            "tiers.32000.output 9",
            "tiers.32000.reasoning 10",
            "tiers.128000.input 3",
            "tiers.128000.output 15",
            "tiers.128000.service_tiers.flex.input 1");
    assertThat(taken.sources())
        .containsEntry("prices.input", "tiered_pricing.input_cost_per_token");
    assertThat(remarks(taken))
        .containsExactly("NOT_UNDERSTOOD tiered_pricing.tokens_per_answer_cost");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{}",
        "1",
        "[{ \"range\": [1, 2], \"input_cost_per_token\": 1e-6 }]",
        "[{ \"range\": [0], \"input_cost_per_token\": 1e-6 }]",
        "[{ \"input_cost_per_token\": 1e-6 }]",
        "[{ \"range\": [0, 0.5], \"input_cost_per_token\": 1e-6 }]",
        "[{ \"range\": [0, 1e400], \"input_cost_per_token\": 1e-6 }]",
        "[{ \"range\": [0, 9], \"input_cost_per_token\": 1e-6 },"
            + " { \"range\": [10, 20], \"input_cost_per_token\": 1e-6 }]",
        "[{ \"range\": [0, 9], \"input_cost_per_token\": 3.1e-6 }]"
      })
  void ranges_thatMakeNoSense_leaveTheEntryOut(String ranges) {
    assertThat(((LeftOut) entry(CHAT + ", \"tiered_pricing\": " + ranges)).reason())
        .isEqualTo(Reason.FAULTY);
  }

  @Test
  void ranges_thatRepeatTheModelsPrices_agreeWithThem() {
    Taken taken =
        taken(
            CHAT
                + """
                , "tiered_pricing": [
                  { "range": [0, 1000], "input_cost_per_token": 0.000003 },
                  { "range": [1000, 2000], "input_cost_per_token": 6e-6 } ]
                """);

    assertThat(facts(taken))
        .containsExactly("prices.input 3", "prices.output 15", "tiers.1000.input 6");
    assertThat(remarks(taken)).isEmpty();
  }

  @Test
  void partThatCostsWhatItsWholeDoes_isPricedWithIt() {
    Taken same =
        taken(
            CHAT
                + ", \"output_cost_per_reasoning_token\": 15e-6, \"input_cost_per_audio_token\":"
                + " 3e-6, \"output_cost_per_token_priority\": 2e-5");
    assertThat(facts(same))
        .containsExactly("prices.input 3", "prices.output 15", "service_tiers.priority.output 20");
    assertThat(same.sources())
        .containsEntry("prices.output", "output_cost_per_token, output_cost_per_reasoning_token");

    Taken apart =
        taken(
            CHAT
                + ", \"input_cost_per_audio_token\": 3e-6,"
                + " \"input_cost_per_audio_token_priority\": 4e-6");
    assertThat(facts(apart)).contains("prices.audio_input 3");
  }

  @Test
  void cachePriceUnderTwoKeys_isOne() {
    Taken same =
        taken(
            CHAT
                + ", \"cache_read_input_token_cost\": 2.8e-8,"
                + " \"input_cost_per_token_cache_hit\": 2.8e-8");
    assertThat(facts(same)).contains("prices.cache_read 0.028");
    assertThat(remarks(same)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "max_input_tokens": 272000, "max_output_tokens": 128000, "max_tokens": 128000 | max_output_tokens 128000, context_tokens 400000
          "max_input_tokens": 1e6, "max_output_tokens": 65536.0 | max_output_tokens 65536, context_tokens 1065536
          "max_tokens": 4096 | max_output_tokens 4096
          "max_input_tokens": 8192, "max_tokens": 4096 | max_output_tokens 4096, context_tokens 12288
          "max_input_tokens": 8192 | |
          "max_output_tokens": 8192 | max_output_tokens 8192
          """)
  void bounds_areThoseOfTheMap(String bounds, @Nullable String facts) {
    List<String> all = facts(taken(CHAT + ", " + bounds));

    assertThat(String.join(", ", all.subList(2, all.size())))
        .isEqualTo(Objects.requireNonNullElse(facts, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1.5", "\"many\"", "1e400", "2000000000", "[]"})
  void boundThatIsNone_isNotUnderstood(String bound) {
    Taken taken = taken(CHAT + ", \"max_output_tokens\": " + bound);

    assertThat(facts(taken)).containsExactly("prices.input 3", "prices.output 15");
    assertThat(remarks(taken)).containsExactly("NOT_UNDERSTOOD max_output_tokens");
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-4o, openai, gpt-4o",
    "azure/gpt-4o, azure, gpt-4o",
    "azure/eu/gpt-4o, azure, eu/gpt-4o",
    "vertex_ai/claude@20250514, vertex_ai-anthropic_models, claude@20250514",
    "amazon-nova/pro, amazon_nova, pro",
    "azure/text, azure_text, text",
    "together_ai/meta-llama/x, together_ai, meta-llama/x",
    "meta-llama/x, together_ai, meta-llama/x",
    "openaix/y, openai, openaix/y",
    "openai/, openai, openai/"
  })
  void target_isNamedAsItsProviderNamesIt(String name, String provider, String upstream) {
    String map =
        "{ \"" + name + "\": { \"litellm_provider\": \"" + provider + "\", " + CHAT + " } }";

    assertThat(read(map, ImportSettings.ALL).taken().getFirst().rates())
        .matches(rates -> rates.name().equals(name))
        .matches(
            rates -> rates.targets().equals(List.of(new Target(provider, upstream))),
            "to " + upstream);
    ImportSettings shortNames = new ImportSettings(List.of(), List.of(), List.of(), true);
    assertThat(read(map, shortNames).taken().getFirst().rates().name()).isEqualTo(upstream);
  }

  private static final String THREE =
      """
      { "sample_spec": { "mode": "one of: chat, embedding", "litellm_provider": "one of them" },
        "azure/a": { "litellm_provider": "azure", %1$s },
        "openai/a": { "litellm_provider": "openai", %1$s },
        "openai/b": { "litellm_provider": "openai", "mode": "video_generation" } }
      """
          .formatted(CHAT);

  @Test
  void selection_isByProviderAndName_andIsNoOmission() {
    PriceMapImport all = read(THREE, ImportSettings.ALL);
    assertThat(all.taken()).hasSize(2);
    assertThat(all.leftOut()).hasSize(1);
    assertThat(all.notSelected()).as("the sample is no entry").isZero();
    assertThat(all.isWhole()).isFalse();

    PriceMapImport azure =
        read(
            THREE,
            new ImportSettings(
                List.of(new ProviderName("mine", "az*")), List.of(), List.of(), false));
    assertThat(azure.taken().getFirst().rates().targets()).containsExactly(new Target("mine", "a"));
    assertThat(azure.notSelected()).isEqualTo(2);
    assertThat(azure.isWhole()).isTrue();

    PriceMapImport named =
        read(THREE, new ImportSettings(List.of(), List.of("*/a"), List.of(), false));
    assertThat(named.taken()).hasSize(2);
    assertThat(named.notSelected()).isEqualTo(1);
    assertThat(named.isWhole()).isTrue();
  }

  @Test
  void shortNames_thatMeet_areGivenOnce() {
    PriceMapImport imported =
        read(THREE, new ImportSettings(List.of(), List.of("*/a"), List.of(), true));

    assertThat(imported.taken()).extracting(Taken::name).containsExactly("azure/a");
    assertThat(imported.leftOut())
        .containsExactly(new LeftOut("openai/a", 3, Reason.NAME_TAKEN, "a"));
  }

  @Test
  void entries_thatAreNoModels_areLeftOut() {
    PriceMapImport imported =
        read(
            """
            {
              "last_updated": "today",
              "rules": { "mode": "chat" },
              "hd/1024-x-1024/picture": { "litellm_provider": "acme", "mode": "image_generation",
                "output_cost_per_image": 0.08 },
              "two words": { "litellm_provider": "acme", %s }
            }
            """
                .formatted(CHAT),
            ImportSettings.ALL);

    assertThat(imported.entries())
        .containsExactly(
            new LeftOut("last_updated", 2, Reason.NOT_A_MODEL, ""),
            new LeftOut("rules", 3, Reason.NO_PROVIDER, ""),
            new LeftOut("hd/1024-x-1024/picture", 4, Reason.ONE_SIZE, ""),
            new LeftOut("two words", 6, Reason.BAD_NAME, ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [] | map.json:1:1: expected an object of models
          1 | map.json:1:1: expected an object of models
          { "a": | map.json:1:7: is not JSON: Unexpected end-of-input
          { "a": { "x": 1, "x": 2 } } | map.json:1:21: is not JSON: Duplicate Object property "x"
          { "a": {}, "a": {} } | map.json:1:15: is not JSON: Duplicate Object property "a"
          { "a": { "x": NaN } } | map.json:1:18: is not JSON: Non-standard token 'NaN'
          { "a": { "x": 01 } } | map.json:1:16: is not JSON: Invalid numeric value
          {} {} | map.json:1:4: expected nothing behind the object
          """)
  void file_thatIsNoMap_isAFaultWithItsPlace(String map, String start) {
    assertThatThrownBy(
            () ->
                PriceMapImport.read(
                    new ByteArrayInputStream(map.getBytes(UTF_8)), "map.json", ImportSettings.ALL))
        .isInstanceOf(PriceMapFault.class)
        .hasMessageStartingWith(start);
  }

  @Test
  void file_beyondItsBounds_isAFault() {
    assertThatThrownBy(() -> readAll("{ \"a\": " + "[".repeat(100) + "]".repeat(100) + " }"))
        .isInstanceOf(PriceMapFault.class)
        .hasMessageContaining("nesting depth");
    assertThatThrownBy(() -> readAll("{ \"a\": { \"x\": " + "9".repeat(101) + " } }"))
        .isInstanceOf(PriceMapFault.class)
        .hasMessageContaining("Number value length");
    StringBuilder many = new StringBuilder("{ \"0\": 0");
    for (int i = 1; i <= 100_000; i++) {
      many.append(", \"").append(i).append("\": 0");
    }
    assertThatThrownBy(() -> readAll(many + " }"))
        .isInstanceOf(PriceMapFault.class)
        .hasMessageContaining("has more than 100000 entries");
  }

  private static void readAll(String map) throws PriceMapFault {
    PriceMapImport.read(
        new ByteArrayInputStream(map.getBytes(UTF_8)), "map.json", ImportSettings.ALL);
  }
}
