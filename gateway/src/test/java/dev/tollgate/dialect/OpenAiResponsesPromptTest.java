package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiResponsesPromptTest {
  private static final PromptReading READING = PromptReading.of("/v1/responses");

  private static String body(String members) {
    return "{\"model\":\"m\"," + members + "}";
  }

  @Test
  void read_aRequest_isUnderstood() {
    String body =
        """
        {"instructions":"Be brief.","model":"gpt-5","stream":true,"max_output_tokens":300,
         "service_tier":"flex","background":false,"store":true,"parallel_tool_calls":true,
         "reasoning":{"effort":"low","summary":"auto"},"include":["reasoning.encrypted_content"],
         "input":[
          {"role":"user","content":"Hello"},
          {"type":"message","role":"user","content":[
            {"type":"input_text","text":"What is this?"},
            {"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo=","detail":"auto"},
            {"type":"input_file","filename":"toll.pdf","file_data":"data:application/pdf;base64,JVBE"},
            {"type":"input_file","file_id":"file-1"},
            {"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]},
          {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm"}],
           "encrypted_content":"gAAAAABoZWxsbw=="},
          {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}","status":"completed"},
          {"type":"function_call_output","call_id":"call_1","output":"42"},
          {"type":"function_call_output","call_id":"call_2","output":[
            {"type":"input_text","text":"see"},{"type":"input_image","image_url":"https://example.com/a.png"}]},
          {"type":"computer_call_output","call_id":"call_3","output":{"type":"computer_screenshot","image_url":"data:,x"}},
          {"type":"image_generation_call","id":"ig_1","status":"completed","result":"iVBORw0KGgo="}],
         "tools":[{"type":"function","name":"f"}],
         "text":{"format":{"type":"json_schema","name":"s"}}}
        """;

    Prompt prompt = READING.understood(body);

    assertThat(prompt.model()).isEqualTo("gpt-5");
    assertThat(prompt.isStreamed()).isTrue();
    assertThat(prompt.usageEdits()).as("its streams report usage unasked").isEmpty();
    assertThat(prompt.outputTokensMax()).isEqualTo(300);
    assertThat(prompt.serviceTier()).isEqualTo("flex");
    assertThat(prompt.answers()).isEqualTo(1);
    assertThat(prompt.messages()).isEqualTo(8);
    assertThat(prompt.images()).as("pictures, files, sound, sealed thoughts").isEqualTo(8);
    assertThat(prompt.hasStoredInput()).isFalse();
    // a summary's own type counts as text too: what is not known to be none, is
    String[] texts = {
      "Be brief.",
      "Hello",
      "What is this?",
      "summary_text",
      "Hm",
      "f",
      "{}",
      "42",
      "see",
      "type",
      "function",
      "name",
      "f",
      "type",
      "json_schema",
      "name",
      "s"
    };
    assertThat(prompt.textBytes()).isEqualTo(PromptReading.weight(7, texts));
  }

  /** A GIF of 300 x 200, in each place where one may stand. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{\"content\":[{\"type\":\"input_image\",\"image_url\":GIF}]}` | 255 | 0",
        "`{\"content\":[{\"detail\":\"low\",\"image_url\":GIF}]}` | 85 | 0",
        "`{\"content\":[{\"image_url\":GIF,\"detail\":\"low\"},{\"image_url\":GIF}]}` | 340 | 0",
        "`{\"output\":[{\"image_url\":GIF},{\"image_url\":\"https://a.example/b\"}]}` | 255 | 1",
        "`{\"output\":{\"type\":\"computer_screenshot\",\"image_url\":GIF}}` | 255 | 0",
        "`{\"content\":[{\"image_url\":null}],\"output\":\"text\"}` | 0 | 0"
      })
  void read_images_areMeasured(String item, long imageTokens, int images) {
    String gif = "\"data:image/gif;base64,R0lGODlhLAHIAIAAAP///wAAACwAAAAALAHIAAAC\"";
    Prompt prompt = READING.understood(body("\"input\":[" + item.replace("GIF", gif) + "]"));

    assertThat(prompt.imageTokens()).isEqualTo(imageTokens);
    assertThat(prompt.images()).isEqualTo(images);
  }

  @Test
  void read_aPlainInput_isText() {
    Prompt prompt = READING.understood(body("\"input\":\"Hello\""));

    assertThat(prompt.textBytes()).isEqualTo(PromptReading.weight(0, "Hello"));
    assertThat(prompt.outputTokensMax()).isNull();
    assertThat(prompt.isStreamed()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"previous_response_id\":\"resp_1\"",
        "\"prompt\":{\"id\":\"pmpt_1\",\"variables\":{\"a\":\"b\"}}",
        "\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]"
      })
  void read_whatTheProviderHasStored_isKnownToBeThere(String members) {
    assertThat(READING.understood(body(members)).hasStoredInput()).isTrue();
  }

  @Test
  void read_nothingStored_isKnownToo() {
    String members =
        "\"previous_response_id\":null,\"conversation\":null,\"prompt\":null,"
            + "\"input\":[{\"type\":\"message\",\"id\":\"msg_1\",\"content\":\"a\"}]";

    assertThat(READING.understood(body(members)).hasStoredInput()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "model | `{\"input\":\"a\"}`",
        "model | `{\"model\":7}`",
        "model | `{\"model\":\"a\",\"model\":\"b\"}`",
        "max_output_tokens | `{\"model\":\"a\",\"max_output_tokens\":0}`",
        "max_output_tokens | `{\"model\":\"a\",\"max_output_tokens\":-5}`",
        "max_output_tokens | `{\"model\":\"a\",\"max_output_tokens\":1e9}`",
        "max_output_tokens | `{\"model\":\"a\",\"max_output_tokens\":99999999999}`",
        "max_output_tokens |"
            + " `{\"model\":\"a\",\"max_output_tokens\":7,\"max_output_tokens\":70000}`",
        "stream | `{\"model\":\"a\",\"stream\":\"true\"}`",
        "service_tier | `{\"model\":\"a\",\"service_tier\":\"flex\",\"service_tier\":\"auto\"}`",
        "Max_Output_Tokens | `{\"model\":\"a\",\"Max_Output_Tokens\":7}`",
        "`` | `[{\"model\":\"a\"}]`"
      })
  void read_aFault_isRefusedWithItsParam(String param, String body) {
    assertThat(READING.refused(body).param()).isEqualTo(param.isEmpty() ? null : param);
  }
}
