package dev.tollgate.runs;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.HoldRequest.Terms;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.TrainingPrice;
import dev.tollgate.proxy.RequestQuotes;
import dev.tollgate.proxy.RequestQuotes.Quoted;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a run or a request would hold, by the very reckoning that holds it. Holds nothing. One per
 * event loop; stages complete there.
 */
public final class Estimates {
  private static final BigInteger PPM = BigInteger.valueOf(1_000_000);

  /** By what a body is told to be of which path; the first that it has counts. */
  private static final Map<String, List<String>> PATHS = paths();

  /** What would be held, or why nothing would be. */
  public sealed interface Outcome {
    /**
     * @param model empty where there is none
     * @param nanoUsd the account's multiplier included
     * @param isAtListPrice which is what a subscription pays for
     */
    record Estimated(String model, long nanoUsd, boolean isAtListPrice) implements Outcome {}

    record Refused(Refusal refusal) implements Outcome {}
  }

  private final RunQuotes runs;
  private final RequestQuotes requests;

  public Estimates(Supplier<RateCard> card, RequestQuotes requests) {
    this.runs = new RunQuotes(card);
    this.requests = requests;
  }

  public Outcome ofRun(RunAsked.What.Run run, long multiplierPpm) {
    RunQuotes.Quoted quoted = runs.of(run);
    Refusal refusal = quoted.refusal();
    return refusal == null
        ? new Outcome.Estimated(
            quoted.model(),
            billed(quoted.listNanoUsd(), quoted.terms(), multiplierPpm),
            quoted.terms() == Terms.LIST)
        : new Outcome.Refused(refusal);
  }

  /**
   * @param path of the endpoint that it is meant for; null where its fields are to tell
   * @param fields the names of its fields
   * @param document of which it is the member {@code request}
   */
  public CompletionStage<Outcome> ofRequest(
      KeyRef caller,
      @Nullable String path,
      List<String> fields,
      byte[] document,
      long multiplierPpm) {
    List<String> candidates = path == null ? candidates(fields) : List.of(path);
    if (candidates.isEmpty() || !requests.knows(candidates.getFirst())) {
      return CompletableFuture.completedFuture(
          new Outcome.Refused(
              path == null
                  ? new Refusal.InvalidRequest(
                      "`request` must have `messages`, `input`, `prompt`, `training_file` or"
                          + " `input_file_id`, or else say its `endpoint`.",
                      "request")
                  : new Refusal.InvalidRequest(
                      "`endpoint` must be one of those that requests are sold by.", "endpoint")));
    }
    return first(caller, candidates, document, multiplierPpm);
  }

  /** Of the first path on which the model is sold. */
  private CompletionStage<Outcome> first(
      KeyRef caller, List<String> paths, byte[] document, long multiplierPpm) {
    return requests
        .of(caller, paths.getFirst(), document)
        .thenCompose(
            quoted ->
                paths.size() > 1
                        && quoted instanceof Quoted.Refused(Refusal refusal)
                        && refusal instanceof Refusal.ModelNotFound
                    ? first(caller, paths.subList(1, paths.size()), document, multiplierPpm)
                    : CompletableFuture.completedFuture(outcome(quoted, multiplierPpm)));
  }

  private static Outcome outcome(Quoted quoted, long multiplierPpm) {
    return switch (quoted) {
      case Quoted.Priced(String model, long nanoUsd, Terms terms) ->
          new Outcome.Estimated(model, billed(nanoUsd, terms, multiplierPpm), terms == Terms.LIST);
      case Quoted.Refused(Refusal refusal) -> new Outcome.Refused(refusal);
    };
  }

  /** As the ledger reckons it; more than {@link Money#MAX_NANO_USD} for what it would not count. */
  private static long billed(long listNanoUsd, Terms terms, long multiplierPpm) {
    return switch (terms) {
      case FINAL -> listNanoUsd;
      case CENTS ->
          TrainingPrice.billedCents(Money.ceilCents(listNanoUsd), multiplierPpm)
              * Money.NANO_PER_CENT;
      case LIST -> {
        BigInteger[] parts =
            BigInteger.valueOf(listNanoUsd)
                .multiply(BigInteger.valueOf(multiplierPpm))
                .divideAndRemainder(PPM);
        BigInteger up = parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE);
        yield up.min(BigInteger.valueOf(Money.MAX_NANO_USD + 1)).longValueExact();
      }
    };
  }

  private static List<String> candidates(List<String> fields) {
    return PATHS.entrySet().stream()
        .filter(path -> fields.contains(path.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(List.of());
  }

  private static Map<String, List<String>> paths() {
    Map<String, List<String>> paths = new LinkedHashMap<>();
    paths.put("messages", List.of("/v1/chat/completions"));
    paths.put("training_file", List.of("/v1/fine_tuning/jobs"));
    paths.put("input_file_id", List.of("/v1/batches"));
    paths.put("documents", List.of("/v1/rerank"));
    paths.put("input", List.of("/v1/responses", "/v1/embeddings", "/v1/moderations"));
    paths.put("prompt", List.of("/v1/completions", "/v1/images/generations"));
    return paths;
  }
}
