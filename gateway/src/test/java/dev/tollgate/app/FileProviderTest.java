package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Files name no model: the configuration says which provider keeps them. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class FileProviderTest {
  private FakeProvider first;
  private FakeProvider second;

  @BeforeEach
  void start() throws Exception {
    first = FakeProvider.start(1);
    second = FakeProvider.start(2);
  }

  @AfterEach
  void stop() throws Exception {
    first.close();
    second.close();
  }

  private String another(String more) {
    return "another: { dialect: openai, base_url: \"%s\"%s }\n".formatted(second.baseUrl(), more);
  }

  private RawAnswer upload(String providers) throws Exception {
    try (GatewayForTests gateway =
        GatewayForTests.start(first, GatewaySetup.USUAL.with(providers, ""))) {
      return new KeptClient(gateway, gateway.createKey("1")).tryUpload("batch", "x");
    }
  }

  @Test
  void files_goToTheOnlyProviderOfTheirDialect() throws Exception {
    assertThat(upload("").status()).isEqualTo(200);
    assertThat(first.files().count()).isOne();
  }

  @Test
  void files_goToTheOneThatSaysSo() throws Exception {
    assertThat(upload(another(", files: true")).status()).isEqualTo(200);
    assertThat(second.files().count()).isOne();
    assertThat(first.files().count()).isZero();
  }

  @Test
  void files_ofWhichNobodySaysWhereTheyGo_areRefused() throws Exception {
    RawAnswer answer = upload(another(""));

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.text()).contains("No provider keeps files here.");
  }

  @Test
  void object_staysWithItsProvider_whenFilesGoElsewhere() throws Exception {
    try (GatewayForTests gateway =
        GatewayForTests.start(first, GatewaySetup.USUAL.with(another(", files: true"), ""))) {
      KeptClient client = new KeptClient(gateway, gateway.createKey("1"));
      String file = client.upload("batch", "x");
      try (GatewayForTests changed =
          gateway.changed(GatewaySetup.USUAL.with(another(", files: false"), ""))) {
        assertThat(client.at(changed).get("/v1/files/" + file).path("id").asString(""))
            .isEqualTo(file);
        assertThat(client.at(changed).listed("/v1/files", 10)).containsExactly(file);
      }
      try (GatewayForTests without = gateway.changed(GatewaySetup.USUAL)) {
        assertThat(client.at(without).call("GET", "/v1/files/" + file).status()).isEqualTo(404);
        assertThat(client.at(without).listed("/v1/files", 10)).isEmpty();
      }
    }
  }
}
