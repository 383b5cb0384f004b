package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the console, and how they are served. */
@ExtendWith(LeakWatch.class)
class ConsoleTest {
  private static final Path FOLDER = Path.of("src/main/resources/console");
  private static final String PAGE = "index.html";
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
  private static final Map<String, String> TYPES =
      Map.of(
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(92);
    gateway = GatewayForTests.start(provider);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  /** Their content by their paths. */
  private static Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> listed = Files.list(FOLDER)) {
      for (Path file : listed.toList()) {
        String name = file.getFileName().toString();
        files.put(name.equals(PAGE) ? "/account" : "/account/" + name, Files.readString(file));
      }
    }
    return files;
  }

  private static String type(String path) {
    return TYPES.getOrDefault(
        path.substring(path.lastIndexOf('.') + 1), "text/html; charset=utf-8");
  }

  private static HttpResponse<String> get(String path, String... headers) throws IOException {
    return gateway.ask("", "GET", path, null, headers);
  }

  private static void assertHardened(HttpHeaders headers) {
    assertThat(headers.firstValue("content-security-policy")).hasValue(POLICY);
    assertThat(headers.firstValue("x-content-type-options")).hasValue("nosniff");
    assertThat(headers.firstValue("x-frame-options")).hasValue("DENY");
    assertThat(headers.firstValue("referrer-policy")).hasValue("no-referrer");
    assertThat(headers.firstValue("x-robots-tag")).hasValue("noindex, nofollow");
  }

  @Test
  void everyFile_isServedAsItIs_withItsType_toBeAskedForAgain_andNotIndexed() throws Exception {
    Map<String, String> files = files();
    assertThat(files).containsKeys("/account", "/account/console.js", "/account/console.css");
    for (Map.Entry<String, String> file : files.entrySet()) {
      HttpResponse<String> answer = get(file.getKey());

      assertThat(answer.statusCode()).as(file.getKey()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(file.getValue());
      assertThat(answer.headers().firstValue("content-type")).hasValue(type(file.getKey()));
      assertThat(answer.headers().firstValue("cache-control")).hasValue("no-cache");
      assertHardened(answer.headers());
    }
  }

  @Test
  void whoHasTheFile_isNotSentItAgain() throws Exception {
    for (String path : files().keySet()) {
      String etag = get(path).headers().firstValue("etag").orElseThrow();
      for (String known : List.of(etag, "W/" + etag, "\"other\", " + etag, "*")) {
        HttpResponse<String> answer = get(path, "if-none-match", known);

        assertThat(answer.statusCode()).as(path + " " + known).isEqualTo(304);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.headers().firstValue("etag")).hasValue(etag);
        assertHardened(answer.headers());
      }
      assertThat(get(path, "if-none-match", "\"other\"").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void head_isAnsweredLikeGet_withoutTheFile() throws Exception {
    try (RawClient client = gateway.connect()) {
      RawAnswer answer = client.request("HEAD", "/account/console.css").readAnswer();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.head().field("content-length"))
          .isEqualTo(Long.toString(Files.size(FOLDER.resolve("console.css"))));
      assertThat(answer.text()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/account/",
        "/account/index.html",
        "/account/nothing.js",
        "/account/demo%2fgateway.yaml",
        "/account//console.js",
        "/account/console.js/",
        "/account/console.js%00"
      })
  void whatIsNoFileOfIt_isNotFound_inTheFormOfTheHouse(String path) throws Exception {
    try (RawClient client = gateway.connect()) {
      RawAnswer answer = client.request("GET", path).readAnswer();

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.text()).contains("\"code\":\"not_found\"").doesNotContain("listen");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/account/../demo/gateway.yaml",
        "/account/..%2fdemo%2fgateway.yaml",
        "/account/%2e%2e/demo/gateway.yaml"
      })
  void pathsThatGoUp_areRefused(String path) throws Exception {
    try (RawClient client = gateway.connect()) {
      RawAnswer answer = client.request("GET", path).readAnswer();

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("\"code\":\"invalid_request\"").doesNotContain("listen");
    }
  }

  @Test
  void checkouts_comeBackToTheBilling_withTheirQuery() throws Exception {
    HttpResponse<String> bare = get("/dashboard/billing");
    HttpResponse<String> told = get("/dashboard/billing?session=cs_1&from=pay");

    assertThat(bare.statusCode()).isEqualTo(303);
    assertThat(bare.headers().firstValue("location")).hasValue("/account#billing");
    assertHardened(bare.headers());
    assertThat(told.headers().firstValue("location"))
        .hasValue("/account?session=cs_1&from=pay#billing");
  }

  /** What could make markup of text, keep a key, or leave the origin is not in them at all. */
  @Test
  void noFile_usesWhatItMustNot() throws Exception {
    Pattern forbidden =
        Pattern.compile(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|DOMParser|\\beval\\b|Function\\("
                + "|localStorage|indexedDB|document\\.cookie|postMessage|WebSocket|sendBeacon"
                + "|parseFloat|toFixed|<script>|<style|\\sstyle=|\\son[a-z]+=\"|javascript:");
    Pattern elsewhere = Pattern.compile("(?:https?:)?//[a-z0-9.-]+\\.[a-z]{2,}[^\"'\\s]*");
    for (Map.Entry<String, String> file : files().entrySet()) {
      assertThat(forbidden.matcher(file.getValue()).results().map(MatchResult::group))
          .as(file.getKey())
          .isEmpty();
      assertThat(elsewhere.matcher(file.getValue()).results().map(MatchResult::group))
          .as(file.getKey())
          .allMatch("http://www.w3.org/2000/svg"::equals); // the name of a language, not a place
    }
  }
}
