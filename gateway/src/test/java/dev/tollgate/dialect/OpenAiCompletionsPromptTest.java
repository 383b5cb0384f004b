package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiCompletionsPromptTest {
  private static final PromptReading READING = PromptReading.of("/v1/completions");

  private static String body(String members) {
    return "{\"model\":\"m\"," + members + "}";
  }

  @Test
  void read_aRequest_isUnderstood() {
    Prompt prompt =
        READING.understood(
            """
            {"prompt":"Once upon a t\\u00efme","suffix":"the end","max_tokens":7,"n":2,"best_of":3,
             "logprobs":5,"echo":true,"stop":["\\n"],"user":"u","stream":false,"model":"m"}
            """);

    assertThat(prompt.model()).isEqualTo("m");
    assertThat(prompt.outputTokensMax()).isEqualTo(7);
    assertThat(prompt.answers()).isEqualTo(3);
    assertThat(prompt.textBytes())
        .isEqualTo(PromptReading.weight(0, "Once upon a tïme", "the end"));
    assertThat(prompt.messages()).isZero();
    assertThat(prompt.isStreamed()).isFalse();
    assertThat(prompt.usageEdits()).isEmpty();
    assertThat(prompt.hasStoredInput()).isFalse();
  }

  /** Each prompt of a list is answered by itself; token ids in a flat list are one prompt. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"abc\"` | 1 | abc | 0",
        "`[\"abc\"]` | 1 | abc | 0",
        "`[\"abc\",\"de\",\"\"]` | 3 | abc,de | 0",
        "`[1,2,3]` | 1 | | 3",
        "`[[1,2],[3],[]]` | 3 | | 3",
        "`[]` | 1 | | 0",
        "`null` | 1 | | 0"
      })
  void read_severalPrompts_multiplyTheAnswers(
      String input, long prompts, @Nullable String texts, long tokenIds) {
    Prompt prompt = READING.understood(body("\"n\":4,\"prompt\":" + input));

    assertThat(prompt.answers()).isEqualTo(4 * prompts);
    assertThat(prompt.textBytes())
        .isEqualTo(texts == null ? 0 : PromptReading.weight(0, texts.split(",")));
    assertThat(prompt.countedTokens()).isEqualTo(tokenIds);
  }

  @Test
  void usageEdits_ofAStreamThatDoesNotAsk_makeItAsk() {
    String body = body("\"prompt\":\"a\",\"stream\":true");
    Prompt prompt = READING.understood(body);

    assertThat(PromptReading.spliced(body, prompt.usageEdits()))
        .isEqualTo("{\"stream_options\":{\"include_usage\":true}," + body.substring(1));
  }

  @Test
  void read_embeddingsInPlaceOfAPrompt_areNoText() {
    Prompt prompt = READING.understood(body("\"prompt_embeds\":\"gAAAAABoZWxsbw==\""));

    assertThat(prompt.textBytes()).isZero();
    assertThat(prompt.images()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "model | `{\"prompt\":\"a\"}`",
        "model | `{\"model\":\"\"}`",
        "model | `{\"model\":\"a\",\"model\":\"a\"}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":0}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":\"7\"}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":7,\"max_tokens\":8}`",
        "n | `{\"model\":\"a\",\"n\":0}`",
        "best_of | `{\"model\":\"a\",\"best_of\":1.5}`",
        "stream | `{\"model\":\"a\",\"stream\":\"yes\"}`",
        "Prompt | `{\"model\":\"a\",\"Prompt\":\"b\"}`",
        "`` | `{\"model\":\"a\"`"
      })
  void read_aFault_isRefusedWithItsParam(String param, String body) {
    assertThat(READING.refused(body).param()).isEqualTo(param.isEmpty() ? null : param);
  }
}
