package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What embeddings, moderations and Anthropic's messages ask for. */
class OtherPromptsTest {
  private static final PromptReading EMBEDDINGS = PromptReading.of("/v1/embeddings");
  private static final PromptReading MODERATIONS = PromptReading.of("/v1/moderations");
  private static final PromptReading MESSAGES = PromptReading.of("/v1/messages");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"abcd\"` | abcd | 0",
        "`[\"abcd\",\"ef\"]` | abcd,ef | 0",
        "`[1,22,333]` | | 3",
        "`[[1,2],[3]]` | | 3",
        "`[]` | | 0",
        "`[{\"text\":\"abc\"}]` | abc | 0"
      })
  void read_embeddingsInput_weighsTextAndCountsTokenIds(
      String input, @Nullable String texts, long tokenIds) {
    Prompt prompt = EMBEDDINGS.understood("{\"input\":" + input + ",\"model\":\"e\"}");

    assertThat(prompt.textBytes())
        .isEqualTo(texts == null ? 0 : PromptReading.weight(0, texts.split(",")));
    assertThat(prompt.countedTokens()).isEqualTo(tokenIds);
    assertThat(prompt.outputTokensMax()).isZero();
    assertThat(prompt.usageEdits()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`[{\"text\":\"abc\"},{\"image\":\"iVBORw0KGgo=\"}]` | abc | 1",
        "`[{\"image\":\"https://example.com/a.png\"},{\"pdf\":\"JVBE\"}]` | | 2",
        "`[{\"content\":[{\"type\":\"text\",\"text\":\"ab\"},"
            + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,x\"}}]}]` | ab | 1"
      })
  void read_picturesToEmbed_areNoText(String input, @Nullable String texts, int images) {
    Prompt prompt = EMBEDDINGS.understood("{\"input\":" + input + ",\"model\":\"e\"}");

    assertThat(prompt.textBytes())
        .isEqualTo(texts == null ? 0 : PromptReading.weight(0, texts.split(",")));
    assertThat(prompt.images()).isEqualTo(images);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"abcd\"` | abcd | 0",
        "`[\"abcd\",\"ef\"]` | abcd,ef | 0",
        "`[{\"type\":\"text\",\"text\":\"abc\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBO\"}}]`"
            + " | abc | 1"
      })
  void read_moderationsInput_countsTextAndPictures(
      String input, @Nullable String texts, int images) {
    Prompt prompt = MODERATIONS.understood("{\"input\":" + input + ",\"model\":\"o\"}");

    assertThat(prompt.textBytes())
        .isEqualTo(texts == null ? 0 : PromptReading.weight(0, texts.split(",")));
    assertThat(prompt.images()).isEqualTo(images);
    assertThat(prompt.outputTokensMax()).isZero();
  }

  @Test
  void read_moderationsWithoutAModel_takeTheProvidersDefault() {
    String body = " {\"input\":\"abcd\"}";
    Prompt prompt = MODERATIONS.understood(body);

    assertThat(prompt.model()).isEqualTo("omni-moderation-latest");
    assertThat(prompt.modelEdit("omni-moderation-latest")).isEmpty();
    assertThat(PromptReading.spliced(body, List.of(prompt.modelEdit("a\"b").orElseThrow())))
        .isEqualTo(" {\"model\":\"a\\\"b\",\"input\":\"abcd\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "model | `{\"model\":\"\",\"input\":\"a\"}`",
        "model | `{\"model\":null,\"input\":\"a\"}`",
        "model | `{\"model\":\"a\",\"model\":\"b\"}`",
        "`` | `\"a\"`",
        "`` | ``"
      })
  void read_moderationsNonsense_isRefused(String param, String body) {
    assertThat(MODERATIONS.refused(body).param()).isEqualTo(param.isEmpty() ? null : param);
  }

  @Test
  void read_anthropicMessages_isUnderstood() {
    String body =
        """
        {"model":"claude","max_tokens":1024,"stream":true,
         "system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],
         "messages":[
          {"role":"user","content":"Hello"},
          {"role":"user","content":[
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},
            {"type":"document","source":{"data":"plain words","media_type":"text/plain","type":"text"}},
            {"type":"document","source":{"type":"content","content":[{"type":"text","text":"deep"}]}},
            {"type":"tool_result","tool_use_id":"t","content":[
              {"type":"text","text":"result"},
              {"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}]}],
         "tools":[{"name":"f"}]}
        """;

    Prompt prompt = MESSAGES.understood(body);

    assertThat(prompt.isStreamed()).isTrue();
    assertThat(prompt.usageEdits()).isEmpty();
    assertThat(prompt.outputTokensMax()).isEqualTo(1024);
    assertThat(prompt.messages()).isEqualTo(2);
    assertThat(prompt.images()).isEqualTo(2);
    // the document's own type counts as text too: what is not known to be none, is
    assertThat(prompt.textBytes())
        .isEqualTo(
            PromptReading.weight(
                2, "Be kind.", "Hello", "plain words", "text", "deep", "t", "result", "name", "f"));
    // what Anthropic adds where there are tools
    assertThat(prompt.countedTokens()).isEqualTo(346);
    assertThat(prompt.units().isNone()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{\"type\":\"web_search_20250305\",\"name\":\"web_search\",\"max_uses\":5}] | 5",
        "[{\"max_uses\":3,\"type\":\"web_search_20260318\"}] | 3",
        "[{\"type\":\"web_search_20250305\"}] | 10",
        "[{\"type\":\"web_search_20250305\",\"max_uses\":0}] | 10",
        "[{\"type\":\"web_search_20250305\",\"max_uses\":99999999999}] | 1000",
        "[{\"type\":\"web_search_20250305\",\"max_uses\":2},{\"type\":\"web_search_20250305\",\"max_uses\":4}]"
            + " | 6",
        "[{\"type\":\"web_fetch_20250910\",\"max_uses\":5}] | 0",
        "[{\"name\":\"web_search\",\"max_uses\":5}] | 0",
        "[] | 0"
      })
  void read_searchToolsThatAreDeclared_areHeldForAtMost(String tools, long searches) {
    Prompt prompt =
        MESSAGES.understood("{\"model\":\"c\",\"max_tokens\":5,\"tools\":" + tools + "}");

    assertThat(prompt.units().count(Meter.WEB_SEARCH)).isEqualTo(searches);
  }

  @Test
  void read_toolsWithOtherKeys_countTheirKeysToo() {
    Prompt prompt =
        MESSAGES.understood(
            "{\"model\":\"c\",\"tools\":[{\"name\":\"f\",\"in\\u0070ut\":{\"ab\":1}}]}");

    assertThat(prompt.textBytes())
        .isEqualTo(PromptReading.weight(6, "name", "f", "input", "ab", "1"));
  }

  @Test
  void read_aThinkingBudgetAboveTheCap_isTheCap() {
    String body =
        "{\"model\":\"c\",\"max_tokens\":%d,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":%d}}";

    assertThat(MESSAGES.understood(body.formatted(4000, 9000)).outputTokensMax()).isEqualTo(9000);
    assertThat(MESSAGES.understood(body.formatted(9000, 4000)).outputTokensMax()).isEqualTo(9000);
    assertThat(MESSAGES.refused(body.formatted(9000, 0)).param())
        .isEqualTo("thinking.budget_tokens");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "null",
      value = {
        "\"speed\":\"fast\" | fast",
        "\"speed\":\"standard\" | null",
        "\"speed\":\"fast\",\"service_tier\":\"auto\" | fast",
        "\"service_tier\":\"standard_only\",\"speed\":null | standard_only"
      })
  void read_aSpeed_isSoldAsATier(String fields, @Nullable String tier) {
    assertThat(MESSAGES.understood("{\"model\":\"c\"," + fields + "}").serviceTier())
        .isEqualTo(tier);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"fallbacks\":[{\"model\":\"dear\"}] | fallbacks",
        "\"tools\":[{\"type\":\"advisor_20260301\",\"model\":\"dear\"}] | tools[*].model"
      })
  void read_anotherModelBesideTheOneThatIsSold_isRefused(String field, String param) {
    assertThat(MESSAGES.refused("{\"model\":\"c\"," + field + "}").param()).isEqualTo(param);
  }

  @Test
  void read_countTokens_needsNoMoreThanItsModel() {
    PromptReading counting = PromptReading.of("/v1/messages/count_tokens");

    assertThat(counting.understood("{\"messages\":[],\"model\":\"c\"}").model()).isEqualTo("c");
    assertThat(counting.refused("{\"messages\":[]}").param()).isEqualTo("model");
  }

  @Test
  void read_anthropicNonsense_isRefused() {
    assertThat(MESSAGES.refused("{\"model\":\"c\",\"max_tokens\":0}").param())
        .isEqualTo("max_tokens");
    assertThat(MESSAGES.refused("{\"max_tokens\":5}").param()).isEqualTo("model");
  }
}
