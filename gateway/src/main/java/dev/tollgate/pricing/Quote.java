package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Usage;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * The most a request can cost, to be held before it is sent: every token at the dearest price that
 * could turn out to be its own. No usage within the quoted tokens costs more, save for fees that
 * are counted (web searches, images, seconds), which nobody knows beforehand.
 *
 * @param nanoUsd at list price; saturates at {@link Money#MAX_NANO_USD}, more than any balance can
 *     pay
 * @param tokens input and output together; saturates at 2^53 - 1, as far as scripts count
 * @param inputTokens the whole input, cached or not
 * @param outputTokens over all answers
 * @param inputPrice nano-USD per million, the dearest of any input meter; 0 without input
 * @param outputPrice nano-USD per million, the dearest of any output meter; 0 without output
 * @param feesNanoUsd for the request itself, and for what it tells of things that cost a fee each
 */
public record Quote(
    long nanoUsd,
    long tokens,
    long inputTokens,
    long outputTokens,
    long inputPrice,
    long outputPrice,
    long feesNanoUsd) {

  private static final Meter[] METERS = Meter.values();
  private static final BigInteger PER_NANO_USD = BigInteger.valueOf(ExactAmount.PER_NANO_USD);

  /**
   * @param askedTier the service tier that the request asks for; null when it names none. A
   *     provider may serve another, so the ordinary prices count as well
   * @throws IllegalArgumentException for negative tokens, or where there are tokens without a
   *     price: ask {@link ModelRates#isPricedFor} first
   */
  public static Quote of(
      ModelRates rates, long inputTokens, long outputTokens, @Nullable String askedTier) {
    return of(rates, inputTokens, outputTokens, Usage.NONE, askedTier);
  }

  /**
   * @param units of things that cost a fee each, at most; those without a price are left out
   */
  public static Quote of(
      ModelRates rates,
      long inputTokens,
      long outputTokens,
      Usage units,
      @Nullable String askedTier) {
    Dearest dearest = new Dearest();
    dearest.see(rates.pricesFor(0, null));
    dearest.see(rates.pricesFor(0, askedTier));
    for (Tier tier : rates.tiers()) {
      if (inputTokens > tier.aboveInputTokens()) {
        dearest.see(rates.pricesFor(tier.aboveInputTokens() + 1, null));
        dearest.see(rates.pricesFor(tier.aboveInputTokens() + 1, askedTier));
      }
    }
    long inputPrice = inputTokens == 0 ? 0 : dearest.input;
    long outputPrice = outputTokens == 0 ? 0 : dearest.output;
    ExactAmount fees = dearest.fees(units);
    long nanoUsd =
        fees.plus(inputTokens, inputPrice, Meter.Kind.TOKEN)
            .plus(outputTokens, outputPrice, Meter.Kind.TOKEN)
            .ceilNanoUsd();
    long tokens = Math.min(Saturated.add(inputTokens, outputTokens), Money.MAX_NANO_USD);
    return new Quote(
        nanoUsd, tokens, inputTokens, outputTokens, inputPrice, outputPrice, fees.ceilNanoUsd());
  }

  /** The quote of a prompt that has been read, by the settings' estimate of its tokens. */
  public static Quote of(
      ModelRates rates, PromptSize prompt, QuoteSettings settings, @Nullable String askedTier) {
    return of(
        rates,
        prompt.inputTokens(settings, rates),
        prompt.outputTokens(settings, rates),
        askedTier);
  }

  /**
   * How many output tokens an amount would pay for behind this prompt, at most those quoted; null
   * when it does not pay for the prompt, or when the request has no output.
   */
  public @Nullable Long affordableOutputTokens(long availableNanoUsd) {
    BigInteger left =
        BigInteger.valueOf(availableNanoUsd)
            .subtract(BigInteger.valueOf(feesNanoUsd))
            .multiply(PER_NANO_USD)
            .subtract(BigInteger.valueOf(inputTokens).multiply(BigInteger.valueOf(inputPrice)));
    if (left.signum() < 0 || outputTokens == 0) {
      return null;
    }
    if (outputPrice == 0) {
      return outputTokens;
    }
    return left.divide(BigInteger.valueOf(outputPrice))
        .min(BigInteger.valueOf(outputTokens))
        .longValue();
  }

  /**
   * The same for an account with a price multiplier, told by what the ledger asked of it.
   *
   * @param requiredNanoUsd this quote times the account's multiplier
   */
  public @Nullable Long affordableOutputTokens(long availableNanoUsd, long requiredNanoUsd) {
    if (requiredNanoUsd == nanoUsd || requiredNanoUsd <= 0) {
      return affordableOutputTokens(availableNanoUsd);
    }
    BigInteger atListPrice =
        BigInteger.valueOf(availableNanoUsd)
            .multiply(BigInteger.valueOf(nanoUsd))
            .divide(BigInteger.valueOf(requiredNanoUsd));
    long max = Money.MAX_NANO_USD;
    return affordableOutputTokens(
        atListPrice.min(BigInteger.valueOf(max)).max(BigInteger.valueOf(-max)).longValue());
  }

  /** The dearest of the prices seen, by side. */
  private static final class Dearest {
    private long input = Prices.UNPRICED;
    private long output = Prices.UNPRICED;
    private final long[] fees = new long[Meter.COUNT];

    private void see(Prices prices) {
      for (Meter meter : METERS) {
        long price = prices.price(meter);
        if (meter.isInput()) {
          input = Math.max(input, price);
        } else if (meter.isOutput()) {
          output = Math.max(output, price);
        } else {
          fees[meter.index()] = Math.max(fees[meter.index()], price);
        }
      }
    }

    /** A request is one request, whether or not its units say so. */
    private ExactAmount fees(Usage units) {
      ExactAmount sum = ExactAmount.zero();
      for (Meter meter : METERS) {
        long count = meter == Meter.REQUEST ? 1 : units.count(meter);
        if (meter.kind() == Meter.Kind.FEE && count != 0) {
          sum = sum.plus(count, fees[meter.index()], Meter.Kind.FEE);
        }
      }
      return sum;
    }
  }
}
