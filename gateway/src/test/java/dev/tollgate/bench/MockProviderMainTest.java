package dev.tollgate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class MockProviderMainTest {
  private static final String PATH = "/v1/chat/completions";

  private static RawClient connect(MockProviderMain mock) throws IOException {
    return RawClient.connect(URI.create("http://127.0.0.1:" + mock.port()));
  }

  @Test
  void requests_onOneConnection_getTheirAnswers() throws IOException {
    try (MockProviderMain mock = new MockProviderMain(0, 0, 1);
        RawClient client = connect(mock)) {
      RawAnswer json = client.post(PATH, "{\"model\":\"m\"}").readAnswer();
      assertThat(json.body().length).isBetween(900, 1300);
      assertThat(new JsonMapper().readTree(json.body()).at("/usage/total_tokens").asInt())
          .isEqualTo(171);
      RawAnswer stream = client.post(PATH, "{\"stream\":true}").readAnswer();
      assertThat(stream.isWhole()).isTrue();
      assertThat(stream.text()).endsWith("data: [DONE]\n\n").doesNotContain("usage");
      RawAnswer metered =
          client
              .post(PATH, "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}")
              .readAnswer();
      assertThat(metered.text()).contains("\"choices\":[],\"usage\":{\"prompt_tokens\":21");
      assertThat(client.request("GET", "/v1/models").readAnswer().status()).isEqualTo(200);
    }
  }

  @Test
  void request_inPieces_isAnsweredOnce() throws IOException {
    try (MockProviderMain mock = new MockProviderMain(0, 5, 1);
        RawClient client = connect(mock)) {
      client.send("POST /x HTTP/1.1\r\nContent-LENGTH: 1");
      client.send("2\r\n\r\n{\"strea").send("m\":1}");
      assertThat(client.readAnswer().isWhole()).isTrue();
      client.finish();
      assertThat(client.awaitClosed()).isTrue();
    }
  }
}
