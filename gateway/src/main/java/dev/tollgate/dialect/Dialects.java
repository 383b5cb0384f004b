package dev.tollgate.dialect;

import dev.tollgate.metering.MeterSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All wire formats that are spoken here. Immutable. */
public final class Dialects {
  private final Dialect openAi;
  private final Dialect anthropic;
  private final Dialect gemini;
  private final Dialect cohere;
  private final Dialect plain;
  private final Map<String, Dialect> byName = new HashMap<>();
  private final ErrorRenderer paymentErrors;
  private final ErrorRenderer billingErrors;
  private final ErrorRenderer rpcErrors;

  /**
   * @param topupUrl where a customer buys credits
   */
  public Dialects(String topupUrl, MeterSettings settings) {
    openAi = new OpenAiDialect(topupUrl, settings);
    anthropic = new AnthropicDialect(topupUrl, settings);
    gemini = new GeminiDialect(topupUrl, settings);
    cohere = new CohereDialect(topupUrl, settings);
    plain = new PlainDialect(topupUrl);
    all().forEach(dialect -> byName.put(dialect.name(), dialect));
    paymentErrors = new PaymentErrors(topupUrl);
    billingErrors = new BillingErrors(topupUrl);
    rpcErrors = new RpcErrors(topupUrl);
  }

  public List<Dialect> all() {
    return List.of(openAi, anthropic, gemini, cohere, plain);
  }

  /** By the name in {@code gateway.yaml}. */
  public Optional<Dialect> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * How a refusal looks to whoever asked for this path, known or not.
   *
   * @param path as sent; empty where the request was too broken to have one
   */
  public ErrorRenderer errorsFor(String path) {
    if (path.startsWith("/v1/messages")) {
      return anthropic;
    }
    if (path.startsWith("/v1beta/")) {
      return gemini;
    }
    if (path.startsWith("/v2/rerank")) {
      return cohere;
    }
    if (path.startsWith("/v1/billing") || path.startsWith("/api/v1/billing")) {
      return billingErrors;
    }
    if (path.equals("/mcp")) {
      return rpcErrors;
    }
    if (path.startsWith("/api/")) {
      return paymentErrors;
    }
    return openAi;
  }
}
