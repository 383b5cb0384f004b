package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OriginTest {
  @ParameterizedTest
  @CsvSource({
    "https://api.acme.example/v1, true, api.acme.example, 443, api.acme.example, /v1",
    "http://localhost:8000, false, localhost, 8000, localhost:8000, ''",
    "https://acme.example:443/, true, acme.example, 443, acme.example, ''",
    "http://my_model:9000/a/b, false, my_model, 9000, my_model:9000, /a/b",
    "http://[::1]:8080/v1, false, ::1, 8080, [::1]:8080, /v1",
    "https://[::1], true, ::1, 443, [::1], ''",
    "HTTPS://user:pass@acme.example, true, acme.example, 443, acme.example, ''",
  })
  void of_aBaseUrl_readsItsParts(
      String url, boolean isTls, String host, int port, String authority, String prefix) {
    assertThat(Origin.of(URI.create(url)))
        .isEqualTo(new Origin(isTls, host, port, authority, prefix));
  }
}
