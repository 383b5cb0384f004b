package dev.tollgate.corpus;

import com.knuddels.jtokkit.api.EncodingType;
import java.util.List;
import java.util.Locale;

/**
 * Prints the table of {@code docs/metering.md}: {@code mvn test-compile exec:java
 * -Dexec.classpathScope=test -Dexec.mainClass=dev.tollgate.corpus.QuoteTable}. Below it stand the
 * requests whose quotes are nearest to their counts.
 */
public final class QuoteTable {
  private static final int NEAREST = 12;

  private QuoteTable() {}

  public static void main(String[] arguments) {
    List<CorpusRequest> requests = Corpus.requests();
    QuoteFigures o200k = QuoteFigures.of(requests, EncodingType.O200K_BASE);
    QuoteFigures cl100k = QuoteFigures.of(requests, EncodingType.CL100K_BASE);
    System.out.println(
        "| requests | cases | o200k: covered | least | median | 90% | most |"
            + " cl100k: covered | least | median | 90% | most |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    requests.stream()
        .map(CorpusRequest::category)
        .distinct()
        .forEach(category -> print(category, o200k.of(category), cl100k.of(category)));
    print("**all but images**", o200k.without("images"), cl100k.without("images"));
    print("**all**", o200k, cl100k);
    printNearest("o200k", o200k);
    printNearest("cl100k", cl100k);
  }

  private static void print(String category, QuoteFigures o200k, QuoteFigures cl100k) {
    System.out.printf(
        "| %s | %d | %s | %s |%n", category, o200k.size(), columns(o200k), columns(cl100k));
  }

  private static String columns(QuoteFigures figures) {
    return String.format(
        Locale.ROOT,
        "%.1f%% | %.2f | %.2f | %.2f | %.2f",
        100 * figures.shareCovered(),
        figures.ratioAt(0),
        figures.ratioAt(0.5),
        figures.ratioAt(0.9),
        figures.ratioAt(1));
  }

  private static void printNearest(String tokenizer, QuoteFigures figures) {
    System.out.println();
    figures
        .nearest(NEAREST)
        .forEach(
            it ->
                System.out.printf(
                    Locale.ROOT,
                    "%s %.2f: quoted %d, counted %d, %s%n",
                    tokenizer,
                    it.ratio(),
                    it.quoted(),
                    it.counted(),
                    it.request()));
  }
}
