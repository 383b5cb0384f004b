package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.testing.TestCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** TLS on both sides: towards clients, and towards a provider whose certificate is trusted. */
@ExtendWith(LeakWatch.class)
class EncryptedTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(41).reporting(ServedUsage.of(10, 20));

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","stream":true,"max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  @TempDir private Path directory;
  private TestCertificate ours;
  private TestCertificate theirs;

  @BeforeEach
  void makeCertificates() throws Exception {
    ours = TestCertificate.in(Files.createDirectory(directory.resolve("ours")));
    theirs = TestCertificate.in(Files.createDirectory(directory.resolve("theirs")));
  }

  private RawAnswer ask(GatewayForTests gateway, String key) throws Exception {
    try (RawClient client = gateway.connectTls(ours.forClient())) {
      client.post("/v1/chat/completions", BODY, "authorization", "Bearer " + key).readAnswer();
      return client
          .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }

  @Test
  void aStream_overTlsOnBothSides_arrivesAndIsCharged() throws Exception {
    try (FakeProvider provider = FakeProvider.startTls(41, theirs);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.secured(ours, theirs))) {
      provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
      String key = gateway.createKey("1");

      RawAnswer answer = ask(gateway, key);

      assertThat(answer.isWhole()).isTrue();
      assertThat(answer.text()).endsWith("data: [DONE]\n\n");
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(2 * (10 * 200 + 20 * 600));
      assertThat(provider.connectionsMade()).as("one connection is kept").isEqualTo(1);
    }
  }

  @Test
  void aProvider_whoseCertificateIsNotTrusted_getsNothing() throws Exception {
    try (FakeProvider provider = FakeProvider.startTls(41, theirs);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.secured(ours, ours))) {
      String key = gateway.createKey("1");

      RawAnswer answer = ask(gateway, key);

      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.text()).contains("\"upstream_error\"");
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isZero();
      assertThat(provider.account().received()).isZero();
    }
  }
}
