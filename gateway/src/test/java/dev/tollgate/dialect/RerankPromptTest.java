package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a ranking asks for: text to read, and search units at most. */
class RerankPromptTest {
  private static final PromptReading RERANK = PromptReading.of("/v1/rerank");
  private static final PromptReading COHERE = PromptReading.of("/v2/rerank");

  private static String body(int queryBytes, List<Integer> documentsBytes) {
    List<String> documents = new ArrayList<>();
    documentsBytes.forEach(bytes -> documents.add("\"" + "d".repeat(bytes) + "\""));
    return "{\"model\":\"r\",\"query\":\"%s\",\"documents\":[%s]}"
        .formatted("q".repeat(queryBytes), String.join(",", documents));
  }

  private static long units(int queryBytes, List<Integer> documentsBytes) {
    return RERANK.understood(body(queryBytes, documentsBytes)).units().count(Meter.SEARCH_UNIT);
  }

  @Test
  void read_theQuery_countsWithEachDocument() {
    Prompt prompt = RERANK.understood(body(4, List.of(10, 20, 30)));

    assertThat(prompt.textBytes()).isEqualTo(3 * 4 + 60);
    assertThat(prompt.messages()).isEqualTo(3);
    assertThat(prompt.outputTokensMax()).isZero();
    assertThat(prompt.isStreamed()).isFalse();
  }

  @Test
  void read_documentsThatAreObjects_countAllTheirText() {
    Prompt prompt =
        COHERE.understood(
            """
            {"documents":[{"text":"abc","id":7},{"image":"data:image/png;base64,iVBORw0KGgo="}],
             "query":{"text":"de"},"model":"r","top_n":1,"return_documents":true}
            """);

    assertThat(prompt.textBytes()).isEqualTo(2 * 2 + 3);
    assertThat(prompt.images()).isEqualTo(1);
  }

  /** 3 bytes count as a token here, and 500 tokens, the query's among them, as a document. */
  @ParameterizedTest
  @CsvSource({
    "3, 1, 10, 1",
    "3, 100, 10, 1",
    "3, 101, 10, 2",
    "3, 250, 10, 3",
    // 450 tokens fit beside a query of up to 50
    "150, 100, 1350, 1",
    "150, 100, 1353, 2",
    "150, 50, 1353, 1",
    // 250 tokens fit beside a longer one, however long
    "750, 100, 750, 1",
    "750, 100, 753, 2",
    "9000, 100, 750, 1",
    "3, 1, 150000, 2",
    "3, 0, 0, 0"
  })
  void searchUnits_areThoseOfAllPieces(
      int queryBytes, int documents, int documentBytes, long units) {
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      sizes.add(documentBytes);
    }
    assertThat(units(queryBytes, sizes)).isEqualTo(units);
  }

  /** Against the rule itself, which needs to know the query first. */
  @Test
  void searchUnits_ofRandomRankings_areNeverTooFew() {
    long seed = 20261126;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 50; round++) {
      int queryBytes = 1 + random.nextInt(900);
      List<Integer> documents = new ArrayList<>();
      for (int i = random.nextInt(300); i > 0; i--) {
        documents.add(random.nextInt(4000));
      }
      long room = 500L - Math.min(250, Math.ceilDiv(queryBytes, 3));
      long pieces =
          documents.stream()
              .mapToLong(bytes -> Math.max(1, Math.ceilDiv(Math.ceilDiv(bytes, 3), room)))
              .sum();
      Ranking ranking = new Ranking();
      documents.forEach(
          bytes -> {
            ranking.beginDocument();
            ranking.document(bytes);
            ranking.endDocument();
          });
      ranking.query(queryBytes);
      assertThat(ranking.searchUnits())
          .as("seed %d, round %d", seed, round)
          .isBetween(Math.ceilDiv(pieces, 100), 1 + Math.ceilDiv(2 * pieces, 100));
    }
  }

  @Test
  void read_withoutAModel_isRefused() {
    assertThat(RERANK.refused("{\"query\":\"q\",\"documents\":[]}").param()).isEqualTo("model");
    assertThat(RERANK.refused("{\"model\":\"\",\"query\":\"q\"}").param()).isEqualTo("model");
    assertThat(RERANK.refused("{\"model\":\"a\",\"model\":\"b\"}").param()).isEqualTo("model");
  }

  @Test
  void read_anAlias_isEditedInPlace() {
    String body = body(1, List.of(1));

    Prompt prompt = RERANK.understood(body);

    assertThat(PromptReading.spliced(body, prompt.modelEdit("rerank-v3.5").stream().toList()))
        .isEqualTo(body.replace("\"r\"", "\"rerank-v3.5\""));
  }
}
