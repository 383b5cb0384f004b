package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.metering.MeterSettings;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests of the Gemini API ask for. */
class GeminiPromptTest {
  private static final String WHOLE = "/v1beta/models/{model}:generateContent";
  private static final String STREAM = "/v1beta/models/{model}:streamGenerateContent";
  private static final PromptReading CONTENT = reading(WHOLE, "gemini-2.5-flash", null);

  private static PromptReading reading(String path, String model, @Nullable String query) {
    return PromptReading.of(path)
        .with(new RequestHead("application/json", Map.of("model", model), query));
  }

  private static String textOf(String parts) {
    return "{\"contents\":[{\"role\":\"user\",\"parts\":" + parts + "}]}";
  }

  @Test
  void read_aWholeRequest_isUnderstood() {
    String body =
        """
        {"systemInstruction":{"parts":[{"text":"Be kind."}]},
         "contents":[
          {"role":"user","parts":[
            {"text":"Look"},
            {"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}},
            {"fileData":{"mimeType":"application/pdf","fileUri":"https://example.com/a.pdf"}}]},
          {"role":"model","parts":[
            {"functionCall":{"name":"f","args":{"city":"Rome","days":3}},"thoughtSignature":"CiQB"}]},
          {"role":"user","parts":[
            {"functionResponse":{"name":"f","response":{"ok":true},
             "parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]}}]}],
         "generationConfig":{"maxOutputTokens":1024,"candidateCount":2,"temperature":0.5,
          "responseSchema":{"type":"STRING"}},
         "tools":[{"functionDeclarations":[{"name":"f"}]}],
         "serviceTier":"SERVICE_TIER_PRIORITY"}
        """;

    Prompt prompt = CONTENT.understood(body);

    assertThat(prompt.model()).isEqualTo("gemini-2.5-flash");
    assertThat(prompt.modelPlace()).isEqualTo(new Prompt.ModelPlace.Elsewhere());
    assertThat(prompt.modelEdit("another")).isEmpty();
    assertThat(prompt.isStreamed()).isFalse();
    assertThat(prompt.usageEdits()).isEmpty();
    assertThat(prompt.outputTokensMax()).isEqualTo(1024);
    assertThat(prompt.answers()).isEqualTo(2);
    assertThat(prompt.messages()).isEqualTo(3);
    assertThat(prompt.images()).isEqualTo(3);
    assertThat(prompt.serviceTier()).isEqualTo("priority");
    assertThat(prompt.units().isNone()).isTrue();
    String text =
        "Be kind.Look" + "fcityRomedays3" + "foktrue" + "typeSTRING" + "functionDeclarationsnamef";
    assertThat(prompt.textBytes()).isEqualTo(text.length());
  }

  @Test
  void read_aStream_isToldByThePath() {
    PromptReading stream = reading(STREAM, "m", "alt=sse");

    assertThat(stream.understood(textOf("[{\"text\":\"abc\"}]")).isStreamed()).isTrue();
  }

  @Test
  void read_underscoredNames_areTheSame() {
    String body =
        """
        {"system_instruction":{"parts":{"text":"abc"}},
         "contents":{"parts":[{"inline_data":{"mime_type":"image/png","data":"iVBORw0KGgo="}},
          {"text":"de","thought_signature":"CiQB"}]},
         "generation_config":{"max_output_tokens":7,"candidate_count":3},
         "service_tier":"flex"}
        """;

    Prompt prompt = CONTENT.understood(body);

    assertThat(prompt.textBytes()).isEqualTo(5);
    assertThat(prompt.images()).isEqualTo(1);
    assertThat(prompt.outputTokensMax()).isEqualTo(7);
    assertThat(prompt.answers()).isEqualTo(3);
    assertThat(prompt.serviceTier()).isEqualTo("flex");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"generationConfig\":{\"maxOutputTokens\":0}} | generationConfig.maxOutputTokens",
        "{\"generationConfig\":{\"maxOutputTokens\":-1}} | generationConfig.maxOutputTokens",
        "{\"generationConfig\":{\"maxOutputTokens\":1.5}} | generationConfig.maxOutputTokens",
        "{\"generationConfig\":{\"maxOutputTokens\":\"9\"}} | generationConfig.maxOutputTokens",
        "{\"generationConfig\":{\"maxOutputTokens\":99999999999}} |"
            + " generationConfig.maxOutputTokens",
        "{\"generation_config\":{\"candidateCount\":0}} | generationConfig.candidateCount",
        "{\"generationConfig\":{\"candidateCount\":129}} | generationConfig.candidateCount",
      })
  void read_badCaps_areRefused(String body, String param) {
    assertThat(CONTENT.refused(body).param()).isEqualTo(param);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"generationConfig\":{},\"generationConfig\":{}} | generationConfig",
        "{\"generationConfig\":{},\"generation_config\":{}} | generationConfig",
        "{\"generationConfig\":{\"maxOutputTokens\":5,\"max_output_tokens\":9}}"
            + " | generationConfig.maxOutputTokens",
        "{\"generationConfig\":{\"maxOutputTokens\":5,\"maxOutputTokens\":9}}"
            + " | generationConfig.maxOutputTokens",
        "{\"generation_config\":{\"candidate_count\":1,\"candidateCount\":1}}"
            + " | generationConfig.candidateCount",
        "{\"serviceTier\":\"flex\",\"service_tier\":\"priority\"} | serviceTier",
      })
  void read_theSameThingTwice_isRefusedInWhateverSpelling(String body, String param) {
    Refusal.InvalidRequest refusal = CONTENT.refused(body);

    assertThat(refusal.param()).isEqualTo(param);
    assertThat(refusal.message()).contains("twice");
  }

  @ParameterizedTest
  @CsvSource({"model", "cachedContent"})
  void read_whatIsNotSoldHere_isRefused(String field) {
    Refusal.InvalidRequest refusal = CONTENT.refused("{\"" + field + "\":\"x\"}");

    assertThat(refusal.param()).isEqualTo(field);
    assertThat(refusal.message()).contains("not offered");
  }

  @Test
  void read_aKeyInTheWrongCase_isRefused() {
    assertThat(CONTENT.refused("{\"GenerationConfig\":{}}").param()).isEqualTo("GenerationConfig");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "7", "{\"contents\":[}"})
  void read_whatIsNoObject_isRefused(String body) {
    assertThat(CONTENT.refused(body).param()).isNull();
  }

  @Test
  void read_aModelBeyondItsBound_isRefused() {
    assertThat(reading(WHOLE, "m".repeat(257), null).refused("{}").param()).isEqualTo("model");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{\"googleSearch\":{}}] | 10",
        "[{\"google_search\":{}},{\"google_search_retrieval\":{}}] | 20",
        "{\"googleSearch\":{}} | 10",
        "[{\"codeExecution\":{}}] | 0"
      })
  void read_searchTools_areHeldForAtMost(String tools, long searches) {
    Prompt prompt = CONTENT.understood("{\"tools\":" + tools + "}");

    assertThat(prompt.units().count(Meter.WEB_SEARCH)).isEqualTo(searches);
  }

  @Test
  void read_countTokens_needsNoMoreThanAnObject() {
    PromptReading counting = reading("/v1beta/models/{model}:countTokens", "m", null);

    Prompt prompt = counting.understood("{\"generateContentRequest\":{\"model\":\"models/m\"}}");

    assertThat(prompt.model()).isEqualTo("m");
    assertThat(prompt.outputTokensMax()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "fields=candidates, fields",
    "alt=proto, alt",
    "alt=media, alt",
    "%24alt=sse, $alt",
    "alt=sse&alt=json, alt",
    "access_token=x, access_token",
    "callback=f, callback",
    "key=a&key=b, key",
    "alt, alt",
    "'', none",
    "'alt=sse&', ''",
    "prettyPrint=false&%zz=1, prettyPrint",
  })
  void read_aQueryThatChangesTheAnswer_isRefused(String query, String param) {
    PromptReading asked = reading(WHOLE, "m", query);

    if (param.equals("none")) {
      asked.understood("{}");
    } else {
      assertThat(asked.refused("{}").param()).isEqualTo(param);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "key=tg_live_1, tg_live_1, ",
    "alt=sse&key=tg_live_1, tg_live_1, alt=sse",
    "%6Bey=tg%5Flive_1&alt=%73se, tg_live_1, alt=sse",
    "alt=sse, , alt=sse",
  })
  void query_withAKey_goesOnWithoutIt(
      String query, @Nullable String key, @Nullable String upstream) {
    Endpoint endpoint = GeminiEndpoint.streaming(MeterSettings.DEFAULTS);

    assertThat(endpoint.keyIn(query)).isEqualTo(key);
    assertThat(endpoint.upstreamQuery(query)).isEqualTo(upstream);
  }

  @Test
  void spellings_ofAPath_areAllOfItsWays() {
    assertThat(GeminiShapes.spellings("generationConfig.maxOutputTokens"))
        .containsExactly(
            "generationConfig.maxOutputTokens",
            "generationConfig.max_output_tokens",
            "generation_config.maxOutputTokens",
            "generation_config.max_output_tokens");
    assertThat(GeminiShapes.spellings("model")).isEqualTo(List.of("model"));
  }

  @Test
  void upstreamPath_keepsAModelInItsPlace() {
    Endpoint endpoint = GeminiEndpoint.generating(MeterSettings.DEFAULTS);

    assertThat(endpoint.upstreamPath("gemini-2.5-flash", Map.of("model", "public")))
        .isEqualTo("/models/gemini-2.5-flash:generateContent");
    assertThat(endpoint.upstreamPath("../x?key=1", Map.of()))
        .isEqualTo("/models/..%2Fx%3Fkey%3D1:generateContent");
  }
}
