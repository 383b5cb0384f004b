package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What embeddings and Anthropic's messages ask for. */
class OtherPromptsTest {
  private static final PromptReading EMBEDDINGS = PromptReading.of("/v1/embeddings");
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
                3, "Be kind.", "Hello", "plain words", "text", "deep", "t", "result", "name", "f"));
    // what Anthropic adds where there are tools
    assertThat(prompt.countedTokens()).isEqualTo(346);
  }

  @Test
  void read_anthropicNonsense_isRefused() {
    assertThat(MESSAGES.refused("{\"model\":\"c\",\"max_tokens\":0}").param())
        .isEqualTo("max_tokens");
    assertThat(MESSAGES.refused("{\"max_tokens\":5}").param()).isEqualTo("model");
  }
}
