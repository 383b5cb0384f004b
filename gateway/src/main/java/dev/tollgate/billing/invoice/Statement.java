package dev.tollgate.billing.invoice;

import dev.tollgate.billing.invoice.Invoice.Amount;
import dev.tollgate.billing.invoice.Invoice.Line;
import dev.tollgate.domain.Money;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a month, as the lines of a paper: usage and fees by kind and model, all else by
 * kind. Every entry is in one line, so that what they come to is the change of the balance, to the
 * nano-dollar.
 */
record Statement(
    List<Line> charges, List<Line> movements, Amount opening, Amount total, Amount closing) {
  /** In this order on paper; what is of another kind comes last. */
  private static final List<String> CHARGED =
      List.of("debit_inference", "debit_request", "debit_run", "debit_autotune", "plan_fee");

  private static final List<String> MOVED =
      List.of("topup", "bonus", "signup_bonus", "refund", "tax");

  private static final String ADJUSTMENT = "adjustment";

  /**
   * What entries of one kind come to.
   *
   * @param isOfRequest whether they belong to requests
   * @param tax the number of the invoice whose tax they are; empty for all others
   */
  record Sum(String kind, String model, boolean isOfRequest, String tax, long amountNanoUsd) {}

  /**
   * @param inputTokens those of caches included
   */
  record Used(long requests, long inputTokens, long outputTokens) {}

  private record Place(String kind, String model, String reference) {}

  /**
   * @param used by model
   */
  static Statement of(long openingNanoUsd, List<Sum> sums, Map<String, Used> used) {
    Map<Place, Long> charges = new HashMap<>();
    Map<Place, Long> movements = new HashMap<>();
    for (Sum sum : sums) {
      if (!isCharge(sum)) {
        String kind = sum.tax().isEmpty() ? sum.kind() : "tax";
        movements.merge(new Place(kind, "", sum.tax()), sum.amountNanoUsd(), Math::addExact);
      } else if (!sum.kind().equals(ADJUSTMENT)) {
        charges.merge(new Place(sum.kind(), sum.model(), ""), sum.amountNanoUsd(), Math::addExact);
      }
    }
    // What was charged beyond a hold goes with what was charged within it.
    for (Sum sum : sums) {
      if (isCharge(sum) && sum.kind().equals(ADJUSTMENT)) {
        charges.merge(adjusted(sum.model(), charges), sum.amountNanoUsd(), Math::addExact);
      }
    }
    return new Drawing(openingNanoUsd, used).draw(charges, movements);
  }

  private static boolean isCharge(Sum sum) {
    return CHARGED.contains(sum.kind())
        || sum.kind().startsWith("debit_")
        || (sum.kind().equals(ADJUSTMENT) && sum.isOfRequest());
  }

  private static Place adjusted(String model, Map<Place, Long> charges) {
    for (String kind : CHARGED) {
      Place place = new Place(kind, model, "");
      if (charges.containsKey(place)) {
        return place;
      }
    }
    return new Place(ADJUSTMENT, model, "");
  }

  /** Goes through all lines in the order of the paper, with the balance beside it. */
  private static final class Drawing {
    private final long openingNanoUsd;
    private final Map<String, Used> used;
    private long balanceNanoUsd;

    Drawing(long openingNanoUsd, Map<String, Used> used) {
      this.openingNanoUsd = openingNanoUsd;
      this.balanceNanoUsd = openingNanoUsd;
      this.used = new HashMap<>(used);
    }

    Statement draw(Map<Place, Long> charges, Map<Place, Long> movements) {
      List<Line> charged = new ArrayList<>();
      sorted(charges, CHARGED)
          .forEach(
              (place, nanoUsd) -> {
                Amount moved = move(nanoUsd);
                charged.add(line(place, new Amount(-moved.nanoUsd(), -moved.cents())));
              });
      Amount total =
          new Amount(
              openingNanoUsd - balanceNanoUsd,
              Money.floorCents(openingNanoUsd) - Money.floorCents(balanceNanoUsd));
      List<Line> moved = new ArrayList<>();
      sorted(movements, MOVED).forEach((place, nanoUsd) -> moved.add(line(place, move(nanoUsd))));
      return new Statement(charged, moved, balance(openingNanoUsd), total, balance(balanceNanoUsd));
    }

    private Amount move(long nanoUsd) {
      long before = Money.floorCents(balanceNanoUsd);
      balanceNanoUsd = Math.addExact(balanceNanoUsd, nanoUsd);
      return new Amount(nanoUsd, Money.floorCents(balanceNanoUsd) - before);
    }

    private Line line(Place place, Amount amount) {
      @Nullable Used of =
          place.kind().equals("debit_inference") || place.kind().equals("debit_request")
              ? used.remove(place.model()) // the requests of a model are counted in one line
              : null;
      return of == null
          ? new Line(place.kind(), place.model(), place.reference(), null, null, null, amount)
          : new Line(
              place.kind(),
              place.model(),
              place.reference(),
              of.requests(),
              of.inputTokens(),
              of.outputTokens(),
              amount);
    }

    private static Amount balance(long nanoUsd) {
      return new Amount(nanoUsd, Money.floorCents(nanoUsd));
    }

    private static Map<Place, Long> sorted(Map<Place, Long> lines, List<String> kinds) {
      Map<Place, Long> sorted =
          new TreeMap<>(
              Comparator.comparingInt(
                      (Place place) ->
                          kinds.contains(place.kind()) ? kinds.indexOf(place.kind()) : kinds.size())
                  .thenComparing(Place::kind)
                  .thenComparing(Place::model)
                  .thenComparing(Place::reference));
      sorted.putAll(lines);
      return sorted;
    }
  }
}
