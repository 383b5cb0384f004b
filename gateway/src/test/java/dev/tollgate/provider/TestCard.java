package dev.tollgate.provider;

import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The models that end-to-end tests buy from the fake provider, and their prices: as the test reads
 * them, and as the rate card that the gateway is given. The prices are odd on purpose, so that a
 * rounding too many shows.
 */
public final class TestCard {
  public static final String CHAT = "toll-chat";
  public static final String COMPLETION = "toll-completion";
  public static final String RESPONSE = "toll-response";
  public static final String MODERATION = "toll-moderation";
  public static final String EMBEDDING = "toll-embedding";
  public static final String MESSAGES = "toll-messages";
  public static final String GEMINI = "toll-gemini";

  /** Of a provider who bills tokens. */
  public static final String RERANK = "toll-rerank";

  /** Of a provider who bills search units. */
  public static final String RERANK_UNITS = "toll-rerank-units";

  /** By model. */
  public static final Map<String, TestPrice> PRICES =
      Map.ofEntries(
          Map.entry(
              CHAT, new TestPrice("0.200001", "0.600007", "0.020003", "0.200001", "0.200001")),
          Map.entry(
              COMPLETION,
              new TestPrice("1.500003", "2.000001", "0.750001", "1.500003", "1.500003")),
          Map.entry(
              RESPONSE,
              new TestPrice("1.250003", "10.000007", "0.125001", "1.250003", "1.250003")
                  .withFee("web_search", "0.010000003")),
          Map.entry(
              MODERATION, new TestPrice("0", "0", "0", "0", "0").withFee("request", "0.000100001")),
          Map.entry(EMBEDDING, new TestPrice("0.013", "0", "0.013", "0.013", "0.013")),
          Map.entry(
              MESSAGES, new TestPrice("3.000001", "15.000009", "0.300007", "3.750003", "6.000011")),
          Map.entry(
              GEMINI, new TestPrice("0.300001", "2.500003", "0.075001", "0.300001", "0.300001")),
          Map.entry(RERANK, new TestPrice("0.020003", "0", "0.020003", "0.020003", "0.020003")),
          Map.entry(
              RERANK_UNITS,
              new TestPrice("0", "0", "0", "0", "0").withFee("search_unit", "0.002000003")));

  private TestCard() {}

  /**
   * The text of a {@code rates.yaml}.
   *
   * @param openAiProvider the name, in {@code gateway.yaml}, of the provider of all that OpenAI has
   * @param anthropicProvider the name of the provider of messages
   */
  public static String yaml(String openAiProvider, String anthropicProvider) {
    return "models:\n"
        + model(CHAT, openAiProvider, PRICES.get(CHAT))
        + model(COMPLETION, openAiProvider, PRICES.get(COMPLETION))
        + model(RESPONSE, openAiProvider, PRICES.get(RESPONSE))
        + model(MODERATION, openAiProvider, PRICES.get(MODERATION))
        + model(EMBEDDING, openAiProvider, PRICES.get(EMBEDDING))
        + model(MESSAGES, anthropicProvider, PRICES.get(MESSAGES));
  }

  /**
   * As the other, with the models of all dialects.
   *
   * @param geminiProvider the name of the provider that speaks Google's dialect
   * @param cohereProvider the name of the provider that ranks by search units
   */
  public static String yaml(
      String openAiProvider,
      String anthropicProvider,
      String geminiProvider,
      String cohereProvider) {
    return yaml(openAiProvider, anthropicProvider)
        + model(GEMINI, geminiProvider, PRICES.get(GEMINI))
        + model(RERANK, openAiProvider, PRICES.get(RERANK))
        + model(RERANK_UNITS, cohereProvider, PRICES.get(RERANK_UNITS));
  }

  private static String model(String model, String provider, @Nullable TestPrice price) {
    return """
      %s:
        targets: [ { provider: %s, model: %s } ]
        prices: %s
        fees: %s
        max_output_tokens: 8192
        context_tokens: 131072
    """
        .formatted(
            model, provider, model, prices(Objects.requireNonNull(price)), fees(price.fees()));
  }

  private static String fees(Map<String, String> fees) {
    return fees.entrySet().stream()
        .map(fee -> fee.getKey() + ": " + fee.getValue())
        .collect(Collectors.joining(", ", "{ ", " }"));
  }

  /** A model that costs no tokens at all has no prices of them, rather than prices of 0. */
  private static String prices(TestPrice price) {
    if (price.input().equals("0") && price.output().equals("0")) {
      return "{ }";
    }
    return "{ input: %s, output: %s, cache_read: %s, cache_write_5m: %s, cache_write_1h: %s }"
        .formatted(
            price.input(),
            price.output(),
            price.cacheRead(),
            price.cacheWrite5m(),
            price.cacheWrite1h());
  }
}
