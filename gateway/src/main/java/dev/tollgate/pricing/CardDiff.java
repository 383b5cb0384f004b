package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.pricing.CardFact.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares two cards by what they say: not by how their files are written, nor by its order. */
public final class CardDiff {
  private static final String PRICES = "prices.";

  private final RateCard oldCard;
  private final RateCard newCard;

  private CardDiff(RateCard oldCard, RateCard newCard) {
    this.oldCard = oldCard;
    this.newCard = newCard;
  }

  /** In the order of the old card, with what is new behind what it belongs to. */
  public static List<CardDifference> between(RateCard oldCard, RateCard newCard) {
    return new CardDiff(oldCard, newCard).differences();
  }

  private List<CardDifference> differences() {
    Map<CardFact.Id, CardFact> before = byId(CardFacts.of(oldCard));
    Map<CardFact.Id, CardFact> after = byId(CardFacts.of(newCard));
    List<CardDifference> differences = new ArrayList<>();
    for (CardFact.Id id : inOrder(before.keySet(), after.keySet())) {
      CardFact from = before.get(id);
      CardFact to = after.get(id);
      if (from == null || to == null || !from.value().equals(to.value())) {
        differences.add(difference(id, from, to));
      }
    }
    return List.copyOf(differences);
  }

  private CardDifference difference(
      CardFact.Id id, @Nullable CardFact from, @Nullable CardFact to) {
    boolean isText =
        (from != null && from.unit() == Unit.TEXT) || (to != null && to.unit() == Unit.TEXT);
    CardFact any = from != null ? from : to;
    return new CardDifference(
        id,
        isText || any == null ? Unit.TEXT : any.unit(),
        from == null ? null : from.value(),
        to == null ? null : to.value(),
        from == null ? standIn(oldCard, id) : to == null ? standIn(newCard, id) : null);
  }

  /** What a model's own token price is where its card does not name it. */
  private static @Nullable String standIn(RateCard card, CardFact.Id id) {
    ModelRates rates = id.section().equals("models") ? card.models().get(id.name()) : null;
    if (rates != null && id.key().startsWith(PRICES)) {
      for (Meter meter : Meter.values()) {
        if (id.key().equals(PRICES + meter.key())) {
          long price = rates.prices().price(meter);
          return price == Prices.UNPRICED ? null : Money.usd(price);
        }
      }
    }
    return null;
  }

  private static Map<CardFact.Id, CardFact> byId(List<CardFact> facts) {
    Map<CardFact.Id, CardFact> byId = new LinkedHashMap<>();
    facts.forEach(fact -> byId.put(fact.id(), fact));
    return byId;
  }

  /** Section by section and name by name, although each card has an order of its own. */
  private static List<CardFact.Id> inOrder(
      Iterable<CardFact.Id> before, Iterable<CardFact.Id> after) {
    Map<String, Map<String, Map<CardFact.Id, Boolean>>> ids = new LinkedHashMap<>();
    for (Iterable<CardFact.Id> side : List.of(before, after)) {
      for (CardFact.Id id : side) {
        ids.computeIfAbsent(id.section(), section -> new LinkedHashMap<>())
            .computeIfAbsent(id.name(), name -> new LinkedHashMap<>())
            .put(id, true);
      }
    }
    return ids.values().stream()
        .flatMap(names -> names.values().stream())
        .flatMap(keys -> keys.keySet().stream())
        .toList();
  }
}
