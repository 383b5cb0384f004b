package dev.tollgate.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.api.EncodingType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The promise of quotes: of a hundred inputs no more than one is above its quote. */
class QuoteCorpusTest {
  private static final List<CorpusRequest> REQUESTS = Corpus.requests();

  @Test
  void corpus_isLargeEnoughToSayAnything() {
    assertThat(REQUESTS).hasSizeGreaterThanOrEqualTo(300).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(names = {"O200K_BASE", "CL100K_BASE"})
  void quotes_ofTheCorpus_coverNinetyNineInAHundred_andAreAtMostTwiceTheCountInTheMedian(
      EncodingType tokenizer) {
    QuoteFigures figures = QuoteFigures.of(REQUESTS, tokenizer);

    assertThat(figures.shareCovered())
        .as("not covered: %s", figures.notCovered())
        .isGreaterThanOrEqualTo(0.99);
    assertThat(figures.ratioAt(0.5)).isLessThanOrEqualTo(2);
  }
}
