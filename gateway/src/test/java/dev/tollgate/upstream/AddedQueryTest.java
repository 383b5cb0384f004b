package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddedQueryTest {
  private final AddedQuery added =
      new AddedQuery(Map.of("api-version", "2024-10-21", "a b", "ü&="));

  @ParameterizedTest
  @CsvSource({
    "/chat, /chat?a%20b=%C3%BC%26%3D&api-version=2024-10-21",
    "/chat?, /chat?a%20b=%C3%BC%26%3D&api-version=2024-10-21",
    "/chat?x=1, /chat?x=1&a%20b=%C3%BC%26%3D&api-version=2024-10-21",
    "/chat?api-version=1, /chat?api-version=1&a%20b=%C3%BC%26%3D",
    "/chat?api%2Dversion, /chat?api%2Dversion&a%20b=%C3%BC%26%3D",
    "/chat?a+b=&api-version=1&api-version=2, /chat?a+b=&api-version=1&api-version=2",
    "/chat?API-VERSION=1&a%20b, /chat?API-VERSION=1&a%20b&api-version=2024-10-21",
    "/chat?%zz=1&a+b, /chat?%zz=1&a+b&api-version=2024-10-21",
  })
  void to_aRequest_addsWhatItDoesNotHave(String request, String expected) {
    assertThat(added.to(request)).isEqualTo(expected);
  }

  @Test
  void to_aRequest_ofAProviderWithoutAny_changesNothing() {
    assertThat(new AddedQuery(Map.of()).to("/chat?")).isEqualTo("/chat?");
  }
}
