package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.metering.MeterSettings;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariantTest {
  @ParameterizedTest
  @CsvSource({
    "api.openai.com, STANDARD",
    "api.deepseek.com, STANDARD",
    "api.groq.com, STANDARD",
    "api.moonshot.ai, STANDARD",
    "api.moonshot.cn, STANDARD",
    "api.x.ai, XAI",
    "us-east-1.api.x.ai, XAI",
    "API.X.AI, XAI",
    "api.mistral.ai, MISTRAL",
    "codestral.mistral.ai, MISTRAL",
    "openrouter.ai, OPENROUTER",
    "my-resource.openai.azure.com, AZURE",
    "my-resource.services.ai.azure.com, AZURE",
    "my-resource.cognitiveservices.azure.com, AZURE",
    "evil-openrouter.ai, STANDARD",
    "api.x.ai.example.com, STANDARD",
    "notapi.x.ai, STANDARD",
    "127.0.0.1, STANDARD"
  })
  void ofHost_isToldByItsName(String host, Variant variant) {
    assertThat(Variant.ofHost(host)).isEqualTo(variant);
  }

  @ParameterizedTest
  @CsvSource({
    "standard, STANDARD",
    "deepseek, STANDARD",
    "groq, STANDARD",
    "moonshot, STANDARD",
    "vllm, STANDARD",
    "sglang, STANDARD",
    "xai, XAI",
    "mistral, MISTRAL",
    "openrouter, OPENROUTER",
    "azure, AZURE",
    "ollama, OLLAMA"
  })
  void named_byItsProvider_isItsRow(String name, Variant variant) {
    assertThat(Variant.named(name)).contains(variant);
    assertThat(Variant.names()).contains(name);
  }

  @Test
  void named_byAnythingElse_isNone() {
    assertThat(Variant.named("XAI")).isEmpty();
    assertThat(Variant.named("")).isEmpty();
    assertThat(Variant.names()).doesNotHaveDuplicates();
  }

  @Test
  void reportsUsageUnasked_holdsOfThoseWhoWantNoQuestion() {
    assertThat(Arrays.stream(Variant.values()).filter(Variant::reportsUsageUnasked))
        .containsExactly(Variant.MISTRAL, Variant.OPENROUTER);
  }

  @Test
  void authorize_ofAzure_putsTheKeyInItsOwnHeader() {
    Dialect openAi = new OpenAiDialect("/topup", MeterSettings.DEFAULTS);
    HttpHeaders headers =
        new DefaultHttpHeaders().set("authorization", "Bearer theirs").set("api-key", "theirs");

    openAi.authorize(headers, "ours", Variant.AZURE);

    assertThat(headers.get("api-key")).isEqualTo("ours");
    assertThat(headers.contains("authorization")).isFalse();
  }

  @Test
  void authorize_ofAnybodyElse_clearsThatHeader() {
    Dialect openAi = new OpenAiDialect("/topup", MeterSettings.DEFAULTS);
    HttpHeaders headers = new DefaultHttpHeaders().set("api-key", "theirs");

    openAi.authorize(headers, "ours", Variant.XAI);

    assertThat(headers.get("authorization")).isEqualTo("Bearer ours");
    assertThat(headers.contains("api-key")).isFalse();
  }
}
