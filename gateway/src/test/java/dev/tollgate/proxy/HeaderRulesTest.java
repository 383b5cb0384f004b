package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderRulesTest {
  private static HttpHeaders headers(String... fields) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1]);
    }
    return headers;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade"
      })
  void hopByHop_passesInNeitherDirection(String name) {
    assertThat(HeaderRules.towardsProvider(headers(name, "x", "X-Mine", "1")))
        .isEqualTo(headers("X-Mine", "1"));
    assertThat(HeaderRules.towardsClient(headers(name, "x", "X-Mine", "1")))
        .isEqualTo(headers("X-Mine", "1"));
  }

  @Test
  void whatConnectionNames_passesInNeitherDirection() {
    HttpHeaders named =
        headers("Connection", "close, X-Hop", "x-hop", "1", "X-Hope", "2", "connection", "x-too");
    named.add("X-Too", "3");

    assertThat(HeaderRules.towardsProvider(named).names()).containsExactly("X-Hope");
    assertThat(HeaderRules.towardsClient(named).names()).containsExactly("X-Hope");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization",
        "X-Api-Key",
        "X-Goog-Api-Key",
        "Api-Key",
        "Cookie",
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Anything",
        "Via",
        "X-Request-Id",
        "OpenAI-Organization",
        "OpenAI-Project",
        "Host",
        "Content-Length",
        "Expect",
        "Accept-Encoding"
      })
  void whoTheCustomerIs_staysHere(String name) {
    assertThat(HeaderRules.towardsProvider(headers(name, "x"))).isEmpty();
  }

  @Test
  void whatTheRequestIsAbout_passesHoweverOften() {
    HttpHeaders sent =
        headers(
            "Content-Type",
            "application/json",
            "anthropic-beta",
            "one",
            "anthropic-beta",
            "two",
            "Accept",
            "text/event-stream");

    assertThat(HeaderRules.towardsProvider(sent)).isEqualTo(sent);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Date",
        "Set-Cookie",
        "Alt-Svc",
        "Strict-Transport-Security",
        "OpenAI-Organization",
        "OpenAI-Project",
        "Anthropic-Organization-Id",
        "X-Ratelimit-Remaining-Tokens",
        "Anthropic-Ratelimit-Requests-Limit",
        "X-Tollgate-Cost-Usd"
      })
  void whoTheOperatorIs_staysHere(String name) {
    assertThat(HeaderRules.towardsClient(headers(name, "x"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Request-Id", "Request-Id"})
  void theProvidersRequestId_isReadableUnderItsOwnName(String name) {
    assertThat(HeaderRules.towardsClient(headers(name, "fake-1", "Content-Encoding", "gzip")))
        .isEqualTo(headers("x-upstream-request-id", "fake-1", "Content-Encoding", "gzip"));
  }

  @Test
  void copies_leaveTheOriginalsAlone() {
    HttpHeaders sent = headers("Authorization", "Bearer x");

    HeaderRules.towardsProvider(sent).set("authorization", "Bearer y");

    assertThat(sent.get("authorization")).isEqualTo("Bearer x");
  }
}
