package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiChatPromptTest {
  private static final PromptReading READING = PromptReading.of("/v1/chat/completions");

  private static String body(String members) {
    return "{\"model\":\"m\"," + members + ",\"messages\":[]}";
  }

  @Test
  void read_aRequest_isUnderstood() {
    String body =
        """
        {
          "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [
              {"type": "text", "text": "What is this? \\u00e9"},
              {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
              {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
              {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "x.pdf"}}
            ]},
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{}"}}]}
          ],
          "tools": [{"function": {"name": "f"}}],
          "model": "gp\\u0074-4o",
          "stream": true,
          "max_tokens": 100, "max_completion_tokens": 200,
          "n": 2, "best_of": null,
          "user": "someone",
          "service_tier": "flex"
        }
        """;

    Prompt prompt = READING.understood(body);

    assertThat(prompt.model()).isEqualTo("gpt-4o");
    Prompt.ModelPlace.InJson place = (Prompt.ModelPlace.InJson) prompt.modelPlace();
    assertThat(body.substring(place.offset(), place.offset() + place.bytes()))
        .isEqualTo("\"gp\\u0074-4o\"");
    assertThat(prompt.isStreamed()).isTrue();
    assertThat(prompt.isUsageAsked()).isFalse();
    assertThat(prompt.outputTokensMax()).isEqualTo(200);
    assertThat(prompt.answers()).isEqualTo(2);
    assertThat(prompt.messages()).isEqualTo(3);
    // the sound, the file, and an image that is too short to say its size
    assertThat(prompt.images()).isEqualTo(3);
    assertThat(prompt.serviceTier()).isEqualTo("flex");
    // the texts, the tool call's id, name and arguments; of the tools keys and syntax too
    assertThat(prompt.textBytes())
        .isEqualTo(
            PromptReading.weight(
                4, "Be brief.", "What is this? é", "c", "f", "{}", "function", "name", "f"));
  }

  @Test
  void read_nothingButAModel_isLeftToTheProvider() {
    Prompt prompt = READING.understood("\uFEFF{\"model\":\"m\"}");

    assertThat(((Prompt.ModelPlace.InJson) prompt.modelPlace()).offset()).isEqualTo(12);
    assertThat(prompt.outputTokensMax()).isNull();
    assertThat(prompt.answers()).isEqualTo(1);
    assertThat(prompt.usageEdits()).isEmpty();
    assertThat(prompt.serviceTier()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | `not json`",
        "`` | `[]`",
        "`` | `\"model\"`",
        "`` | `{\"model\":\"m\"`",
        "`` | `{\"model\":\"m\"}{}`",
        "`` | `{\"model\":\"m\",\"temperature\":NaN}`",
        "model | `{}`",
        "model | `{\"model\":null}`",
        "model | `{\"model\":7}`",
        "model | `{\"model\":\"\"}`",
        "model | `{\"model\":\"a\",\"model\":\"b\"}`",
        "model | `{\"model\":\"a\",\"mo\\u0064el\":\"b\"}`",
        "Model | `{\"model\":\"a\",\"Model\":\"b\"}`",
        "stream | `{\"model\":\"a\",\"stream\":\"true\"}`",
        "stream | `{\"model\":\"a\",\"stream\":1}`",
        "stream | `{\"model\":\"a\",\"stream\":false,\"stream\":true}`",
        "stream_options | `{\"model\":\"a\",\"stream_options\":{},\"stream_options\":{}}`",
        "stream_options.include_usage |"
            + " `{\"model\":\"a\",\"stream_options\":{\"include_usage\":true,\"include_usage\":false}}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":0}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":-1}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":1.5}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":1e3}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":\"5\"}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":[5]}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":99999999999999999999}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":2147483648}`",
        "max_tokens | `{\"model\":\"a\",\"max_tokens\":5,\"max_tokens\":500}`",
        "max_completion_tokens | `{\"model\":\"a\",\"max_completion_tokens\":0}`",
        "n | `{\"model\":\"a\",\"n\":0}`",
        "n | `{\"model\":\"a\",\"n\":129}`",
        "n | `{\"model\":\"a\",\"n\":\"2\"}`",
        "best_of | `{\"model\":\"a\",\"best_of\":500}`"
      })
  void read_aFault_isRefusedWithItsParam(String param, String body) {
    assertThat(READING.refused(body).param()).isEqualTo(param.isEmpty() ? null : param);
  }

  @Test
  void read_aModelBeyond256Characters_isRefused() {
    assertThat(READING.understood("{\"model\":\"" + "é".repeat(256) + "\"}").model()).hasSize(256);
    for (int length : new int[] {257, 5000}) {
      assertThat(READING.refused("{\"model\":\"" + "x".repeat(length) + "\"}").param())
          .isEqualTo("model");
    }
  }

  @Test
  void read_nestedBeyondTheBound_isRefused() {
    assertThat(READING.refused(body("\"x\":" + "[".repeat(600))).message()).contains("nested");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{\"model\":\"m\",\"stream\":true}` |"
            + " `{\"stream_options\":{\"include_usage\":true},\"model\":\"m\",\"stream\":true}`",
        "` { \"stream\":true,\"model\":\"m\"}` | ` {\"stream_options\":{\"include_usage\":true},"
            + " \"stream\":true,\"model\":\"m\"}`",
        "`{\"model\":\"m\",\"stream\":true,\"stream_options\":null}` |"
            + " `{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}`",
        "`{\"stream_options\": { },\"model\":\"m\",\"stream\":true}` | `{\"stream_options\":"
            + " {\"include_usage\":true},\"model\":\"m\",\"stream\":true}`",
        "`{\"stream_options\":{ \"x\":1},\"model\":\"m\",\"stream\":true}` |"
            + " `{\"stream_options\":{\"include_usage\":true,"
            + " \"x\":1},\"model\":\"m\",\"stream\":true}`",
        "`{\"stream_options\":{\"include_usage\" : false },\"model\":\"m\",\"stream\":true}` |"
            + " `{\"stream_options\":{\"include_usage\" : true },\"model\":\"m\",\"stream\":true}`",
        "`{\"stream_options\":{\"x\":{},\"include_usage\":null},\"model\":\"m\",\"stream\":true}` |"
            + " `{\"stream_options\":{\"x\":{},\"include_usage\":true},\"model\":\"m\",\"stream\":true}`"
      })
  void usageEdits_ofAStreamThatDoesNotAsk_makeItAsk(String body, String expected) {
    Prompt prompt = READING.understood(body);

    assertThat(prompt.isUsageAsked()).isFalse();
    assertThat(PromptReading.spliced(body, prompt.usageEdits())).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"stream\":true,\"stream_options\":{\"include_usage\":true}",
        "\"stream\":false",
        "\"stream\":null,\"stream_options\":null",
        "\"stream\":true,\"stream_options\":\"yes\"",
        "\"stream\":true,\"stream_options\":{\"include_usage\":\"yes\"}"
      })
  void usageEdits_whereUsageComesAnywayOrTheProviderWillRefuse_areNone(String members) {
    assertThat(READING.understood(body(members)).usageEdits()).isEmpty();
  }

  @Test
  void modelEdit_toATarget_namesItInJson() {
    String body = "{\"model\" : \"alias\" }";
    Prompt prompt = READING.understood(body);

    assertThat(prompt.modelEdit("alias")).isEmpty();
    assertThat(PromptReading.spliced(body, List.of(prompt.modelEdit("a\"b\n/é").orElseThrow())))
        .isEqualTo("{\"model\" : \"a\\\"b\\n/é\" }");
  }

  @Test
  void edits_ofModelAndUsage_worktogether() {
    String body = "{\"model\":\"alias\",\"stream\":true}";
    Prompt prompt = READING.understood(body);

    List<dev.tollgate.metering.Edit> edits = new java.util.ArrayList<>(prompt.usageEdits());
    edits.add(prompt.modelEdit("real").orElseThrow());

    assertThat(PromptReading.spliced(body, edits))
        .isEqualTo(
            "{\"stream_options\":{\"include_usage\":true},\"model\":\"real\",\"stream\":true}");
  }
}
