package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.chat.completions.ChatCompletion;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.SdkCalls;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.TestCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The OpenAI SDK, unchanged, over each protocol: the same answers, and each charged once. */
@ExtendWith(LeakWatch.class)
class SdkProtocolTest {
  @TempDir private Path directory;
  private final Set<Protocol> spoken = ConcurrentHashMap.newKeySet();

  private OkHttpClient.Builder seen() {
    return new OkHttpClient.Builder()
        .addInterceptor(
            chain -> {
              Response answer = chain.proceed(chain.request());
              spoken.add(answer.protocol());
              return answer;
            });
  }

  private static X509TrustManager trusting(TestCertificate certificate) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (var pem = Files.newInputStream(certificate.certificatePem())) {
      trusted.setCertificateEntry(
          "server",
          java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    return (X509TrustManager) trust.getTrustManagers()[0];
  }

  /** What a plain call and a stream say, over these connections. */
  private static List<String> buy(FakeProvider provider, GatewayForTests gateway, OkHttpClient over)
      throws Exception {
    String key = gateway.createKey("1");
    int served = provider.account().all().size();
    long cost = provider.account().costNanoUsd(TestCard.PRICES);
    try (SdkCalls sdk = new SdkCalls(gateway.publicUrl(), key, over)) {
      ChatCompletion plain = sdk.chat(TestCard.CHAT);
      String streamed = SdkCalls.text(sdk.streamedChat(TestCard.CHAT));
      provider.account().await(served + 2);
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key))
          .isPositive()
          .isEqualTo(provider.account().costNanoUsd(TestCard.PRICES) - cost);
      return List.of(plain.choices().getFirst().message().content().orElseThrow(), streamed);
    }
  }

  @Test
  void sdk_overHttp2InTheClear_getsWhatItGetsOverHttp1() throws Exception {
    try (FakeProvider provider = FakeProvider.start(71);
        GatewayForTests gateway = GatewayForTests.start(provider)) {
      script(provider);
      List<String> before =
          buy(provider, gateway, seen().protocols(List.of(Protocol.HTTP_1_1)).build());
      assertThat(spoken).containsExactly(Protocol.HTTP_1_1);
      spoken.clear();
      script(provider);
      List<String> after =
          buy(provider, gateway, seen().protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)).build());
      assertThat(spoken).containsExactly(Protocol.H2_PRIOR_KNOWLEDGE);
      assertThat(after).isEqualTo(before);
      assertThat(provider.account().all()).hasSize(4);
    }
  }

  @Test
  void sdk_overTls_speaksHttp2ByItself_andGetsTheSame() throws Exception {
    TestCertificate ours = TestCertificate.in(Files.createDirectory(directory.resolve("ours")));
    try (FakeProvider provider = FakeProvider.start(71);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.secured(ours, ours))) {
      script(provider);
      X509TrustManager trust = trusting(ours);
      OkHttpClient.Builder secured =
          seen().sslSocketFactory(ours.forClient().getSocketFactory(), trust);
      List<String> after = buy(provider, gateway, secured.build());
      assertThat(spoken).containsExactly(Protocol.HTTP_2);
      spoken.clear();
      script(provider);
      List<String> before =
          buy(provider, gateway, secured.protocols(List.of(Protocol.HTTP_1_1)).build());
      assertThat(spoken).containsExactly(Protocol.HTTP_1_1);
      assertThat(after).isEqualTo(before);
      assertThat(provider.account().all()).hasSize(4);
    }
  }

  /** From the beginning on, so that both protocols are answered alike. */
  private static void script(FakeProvider provider) {
    OpenAiAnswers answers = new OpenAiAnswers(71).reporting(ServedUsage.of(10, 20));
    provider.on("/chat/completions", request -> answers.chat(request).script());
  }
}
