package dev.tollgate.corpus;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import java.util.Comparator;
import java.util.List;

/** How far the quotes of the corpus are from the counts by one tokenizer. */
final class QuoteFigures {
  /**
   * @param quoted tokens of input
   * @param counted likewise
   */
  record Case(CorpusRequest request, long quoted, long counted) {
    double ratio() {
      return (double) quoted / counted;
    }

    boolean isCovered() {
      return quoted >= counted;
    }
  }

  private final List<Case> cases;

  private QuoteFigures(List<Case> cases) {
    this.cases = cases.stream().sorted(Comparator.comparingDouble(Case::ratio)).toList();
  }

  static QuoteFigures of(List<CorpusRequest> requests, EncodingType tokenizer) {
    TrueCount count = new TrueCount(Encodings.newLazyEncodingRegistry().getEncoding(tokenizer));
    Quotes quotes = new Quotes();
    return new QuoteFigures(
        requests.stream()
            .map(request -> new Case(request, quotes.of(request), count.of(request)))
            .toList());
  }

  QuoteFigures of(String category) {
    return new QuoteFigures(
        cases.stream().filter(it -> it.request().category().equals(category)).toList());
  }

  QuoteFigures without(String category) {
    return new QuoteFigures(
        cases.stream().filter(it -> !it.request().category().equals(category)).toList());
  }

  int size() {
    return cases.size();
  }

  List<Case> notCovered() {
    return cases.stream().filter(it -> !it.isCovered()).toList();
  }

  /** Those with the least to spare. */
  List<Case> nearest(int count) {
    return cases.subList(0, Math.min(count, cases.size()));
  }

  double shareCovered() {
    return 1 - (double) notCovered().size() / cases.size();
  }

  /** Quoted over counted, so that this share of the cases has less. */
  double ratioAt(double share) {
    return cases.get((int) Math.min(cases.size() - 1L, Math.round(share * cases.size()))).ratio();
  }
}
