package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.ObjectKind;
import dev.tollgate.metering.MeterSettings;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests say of things that providers keep. */
class KeptPromptsTest {
  private static final PromptReading BATCHES = PromptReading.of("/v1/batches");
  private static final PromptReading JOBS = PromptReading.of("/v1/fine_tuning/jobs");
  private static final PromptReading CHAT = PromptReading.of("/v1/chat/completions");

  @Test
  void batch_namesItsFile_andNoModel() {
    Prompt prompt =
        BATCHES.understood(
            "{\"input_file_id\":\"file-1\",\"endpoint\":\"/v1/embeddings\",\"metadata\":{\"a\":1}}");

    assertThat(prompt.model()).isEmpty();
    assertThat(prompt.modelEdit("")).isEmpty();
    assertThat(prompt.keeping().references())
        .containsExactly(new Reference(ObjectKind.FILE, "file-1", "input_file_id"));
    assertThat(prompt.keeping().field("endpoint")).isEqualTo("/v1/embeddings");
  }

  @Test
  void job_namesItsFiles_andItsEpochs() {
    Keeping keeping =
        JOBS.understood(
                "{\"model\":\"m\",\"training_file\":\"file-1\",\"validation_file\":null,"
                    + "\"method\":{\"type\":\"dpo\",\"dpo\":{\"hyperparameters\":{\"n_epochs\":7}}}}")
            .keeping();

    assertThat(keeping.references())
        .containsExactly(new Reference(ObjectKind.FILE, "file-1", "training_file"));
    assertThat(keeping.field("method.type")).isEqualTo("dpo");
    assertThat(keeping.field("method.dpo.hyperparameters.n_epochs")).isEqualTo("7");
    assertThat(keeping.field("hyperparameters.n_epochs")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"input_file_id\":{}} | input_file_id",
        "{\"input_file_id\":\"a\",\"input_file_id\":\"a\"} | input_file_id",
        "{\"endpoint\":\"a\",\"endpoint\":\"b\"} | endpoint",
        "{\"Endpoint\":\"a\"} | Endpoint"
      })
  void batchThatMightBeReadInTwoWays_isRefused(String body, String param) {
    assertThat(BATCHES.refused(body).param()).isEqualTo(param);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"training_file\":\"f\"}", "{\"model\":\"\",\"training_file\":\"f\"}"})
  void jobWithoutAModel_isRefused(String body) {
    assertThat(JOBS.refused(body).param()).isEqualTo("model");
  }

  @Test
  void chat_refersToItsFiles_whichAreNoText() {
    Prompt prompt =
        CHAT.understood(
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":["
                + "{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}},"
                + "{\"type\":\"file\",\"file\":{\"file_data\":\"abc\"}},"
                + "{\"type\":\"file\",\"file\":{\"file_id\":\"file-2\"}}]}]}");

    assertThat(prompt.keeping().references())
        .extracting(Reference::id)
        .containsExactly("file-1", "file-2");
    assertThat(prompt.images()).isEqualTo(3);
    assertThat(prompt.textBytes()).isZero();
  }

  @Test
  void chatThatRefersToTooMuch_isRefused() {
    String part = "{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}},";
    String body = "{\"model\":\"m\",\"messages\":[{\"content\":[%s{}]}]}";

    assertThat(CHAT.refused(body.formatted(part.repeat(65))).message()).contains("too much");
    CHAT.understood(body.formatted(part.repeat(64)));
  }

  private static ListQuery page(String query) {
    ListQueryReader reader =
        new ListQueryReader(query, java.util.Set.of("after", "limit", "order"));
    return Objects.requireNonNull(
        ((PromptReader.Result.Understood) reader.end()).prompt().keeping().page());
  }

  @Test
  void list_isAskedForByItsQuery() {
    assertThat(page("")).isEqualTo(new ListQuery(null, 0, true, ""));
    assertThat(page("limit=7&after=file%2D1&order=asc"))
        .isEqualTo(new ListQuery("file-1", 7, false, ""));
    assertThat(page("after=&limit=")).isEqualTo(new ListQuery(null, 0, true, ""));
  }

  @Test
  void everyListHasAWayToAskForEachOfItsObjects() {
    for (Dialect dialect : new Dialects("/topup", MeterSettings.DEFAULTS).all()) {
      for (Endpoint endpoint : dialect.endpoints()) {
        ObjectAct act = endpoint.objectAct();
        if (act != null && act.verb() == ObjectAct.Verb.LIST) {
          assertThat(dialect.endpoints())
              .anyMatch(
                  other ->
                      new ObjectAct(act.kind(), ObjectAct.Verb.POLL).equals(other.objectAct())
                          && other.method().name().equals("GET")
                          && other.upstreamPath("", Map.of("id", "x")).endsWith("/x"));
        }
      }
    }
  }
}
