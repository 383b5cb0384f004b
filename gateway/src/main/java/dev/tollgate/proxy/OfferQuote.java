package dev.tollgate.proxy;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.PromptSize;
import dev.tollgate.pricing.Quote;

/** What a request may cost: the one number that is held for it, and told to whoever asks before. */
final class OfferQuote {
  private static final Quote NOTHING = new Quote(0, 0, 0, 0, 0, 0, 0);

  private OfferQuote() {}

  /**
   * What an offer may come to for a prompt. Tokens that have no price, because fees alone do, cost
   * nothing and are not held.
   */
  static Quote of(Catalog catalog, Offer offer, Prompt prompt) {
    if (offer.isFree()) {
      return NOTHING;
    }
    PromptSize size =
        new PromptSize(
            prompt.textBytes(),
            prompt.messages(),
            prompt.images(),
            prompt.imageTokens(),
            prompt.countedTokens(),
            producesTokens(offer, prompt) ? prompt.outputTokensMax() : null,
            prompt.answers());
    Usage units = prompt.units().only(offer::charges);
    long text = offer.isByTokens() ? inputTokens(catalog, offer, prompt, size) : 0;
    long output =
        producesTokens(offer, prompt) ? size.outputTokens(catalog.quotes(), offer.rates()) : 0;
    Quote quote =
        Quote.of(offer.rates(), text + units.inputTokens(), output, units, prompt.serviceTier());
    return offer.terms() == HoldRequest.Terms.CENTS ? inCents(quote) : quote;
  }

  /** What the provider has stored may fill the model's context, as far as that is known. */
  private static long inputTokens(Catalog catalog, Offer offer, Prompt prompt, PromptSize size) {
    long told = size.inputTokens(catalog.quotes(), offer.rates());
    long context = offer.rates().contextTokens();
    return prompt.hasStoredInput() && context != ModelRates.UNBOUNDED
        ? Math.max(told, context)
        : told;
  }

  private static boolean producesTokens(Offer offer, Prompt prompt) {
    Long cap = prompt.outputTokensMax();
    return soldByOutput(offer) && (cap == null || cap > 0);
  }

  private static boolean soldByOutput(Offer offer) {
    for (Meter meter : offer.soldBy()) {
      if (meter.isOutput()) {
        return true;
      }
    }
    return false;
  }

  /** Rounded up to whole cents, as far as there are any. */
  private static Quote inCents(Quote quote) {
    long cents = Money.ceilCents(quote.nanoUsd());
    return new Quote(
        Math.min(cents * Money.NANO_PER_CENT, Money.MAX_NANO_USD),
        quote.tokens(),
        quote.inputTokens(),
        quote.outputTokens(),
        quote.inputPrice(),
        quote.outputPrice(),
        quote.feesNanoUsd());
  }
}
