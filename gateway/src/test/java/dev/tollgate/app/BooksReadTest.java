package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** What is told when the books are away or behind, and what operators read in them. */
@ExtendWith(LeakWatch.class)
class BooksReadTest {
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static FakeProvider provider() throws Exception {
    FakeProvider provider = FakeProvider.start(79);
    OpenAiAnswers answers = new OpenAiAnswers(79).reporting(ServedUsage.of(10, 20));
    provider.on("/chat/completions", request -> answers.chat(request).script());
    provider.on("/api/premium/routing", request -> Answer.ofNothing(200, "{}").script());
    return provider;
  }

  @Test
  void withoutBooks_whatNeedsThemIsUnavailable_andAllElseGoesOn() throws Exception {
    try (FakeProvider provider = provider();
        GatewayForTests gateway =
            GatewayForTests.startSeenThrough(
                provider, open -> new OpenBooks(new NoBooks(), open.catchUp()))) {
      String key = gateway.createKey("1");

      for (String path :
          new String[] {
            "/v1/usage", "/v1/billing/usage", "/v1/billing/transactions", "/v1/billing/requests"
          }) {
        HttpResponse<String> answer = gateway.ask(key, "GET", path, null);
        assertThat(answer.statusCode()).as(path).isEqualTo(503);
        assertThat(answer.body()).contains("\"code\":\"archive_unavailable\"");
        assertThat(answer.headers().firstValue("retry-after")).hasValue("2");
      }
      for (String path : new String[] {"/api/payment/usage", "/api/payment/history"}) {
        assertThat(gateway.ask(key, "GET", path, null).body())
            .contains("\"ok\":false,\"error\":\"archive_unavailable\"");
      }
      assertThat(gateway.ask(key, "POST", "/v1/chat/completions", BODY).statusCode())
          .isEqualTo(200);
      assertThat(gateway.ask(key, "GET", "/v1/billing/balance", null).statusCode()).isEqualTo(200);
      assertThat(gateway.ask(key, "GET", "/v1/keys", null).statusCode()).isEqualTo(200);
      assertThat(gateway.ask(key, "GET", "/v1/billing/plans", null).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void booksThatAreBehind_areRead_andTheAnswerSaysSo() throws Exception {
    try (FakeProvider provider = provider();
        GatewayForTests gateway =
            GatewayForTests.startSeenThrough(
                provider,
                open ->
                    new OpenBooks(
                        open.books(), account -> CompletableFuture.completedFuture(false)))) {
      String key = gateway.createKey("1");

      HttpResponse<String> json = gateway.ask(key, "GET", "/v1/billing/transactions", null);
      HttpResponse<String> csv =
          gateway.ask(key, "GET", "/v1/billing/requests", null, "accept", "text/csv");

      assertThat(json.statusCode()).isEqualTo(200);
      assertThat(json.headers().firstValue("x-tollgate-books")).hasValue("behind");
      assertThat(csv.headers().firstValue("x-tollgate-books")).hasValue("behind");
    }
  }

  private static JsonNode group(JsonNode usage, String groups, String field, String name) {
    for (JsonNode group : usage.path(groups)) {
      if (group.path(field).asString("").equals(name)) {
        return group;
      }
    }
    throw new AssertionError(name + " is not among " + usage.path(groups));
  }

  @Test
  void theDayOfTheSite_isToldPerEndpointModelAndProvider_toOperatorsAlone() throws Exception {
    try (FakeProvider provider = provider();
        GatewayForTests gateway = GatewayForTests.start(provider)) {
      // A day that no other test has.
      LocalDate day = LocalDate.of(2031, 3, 14);
      gateway.setClock(day.atTime(23, 59).toInstant(ZoneOffset.UTC));
      for (int i = 0; i < 2; i++) {
        String key = gateway.createKey("1");
        assertThat(gateway.ask(key, "POST", "/v1/chat/completions", BODY).statusCode())
            .isEqualTo(200);
        gateway.awaitSettled(key);
      }

      String path = "/admin/v1/usage?date=" + day;
      gateway.await(() -> gateway.ops(path).path("total").path("requests").asInt() == 2);
      JsonNode usage = gateway.ops(path);

      assertThat(usage.path("date").asString()).isEqualTo("2031-03-14");
      assertThat(usage.path("total").toString())
          .isEqualTo(
              """
              {"requests":2,"input_tokens":20,"output_tokens":40,"cache_creation_tokens":0,\
              "cache_read_tokens":0,"total_tokens":60,"cost":0.000028,"actual_cost":0.000028}\
              """);
      assertThat(group(usage, "endpoints", "endpoint", "/v1/chat/completions").path("requests"))
          .isEqualTo(usage.path("total").path("requests"));
      assertThat(group(usage, "models", "model", "llama-3.3-70b").path("cost"))
          .isEqualTo(usage.path("total").path("cost"));
      assertThat(group(usage, "providers", "provider", "openai-fake").path("requests"))
          .isEqualTo(usage.path("total").path("requests"));
      assertThat(gateway.ops("/api/admin/usage")).as("today, and the other path").isEqualTo(usage);
      assertThat(ops(gateway, "/admin/v1/usage?date=" + day, "wrong")).startsWith("401");
      assertThat(ops(gateway, "/api/admin/usage", "wrong")).startsWith("401 {\"ok\":false");
      assertThat(ops(gateway, "/admin/v1/usage?date=today", gateway.adminToken()))
          .startsWith("400")
          .contains("\"param\":\"date\"");
      assertThat(ops(gateway, "/admin/v1/usage?date=%27%25--", gateway.adminToken()))
          .startsWith("400");
      assertThat(ops(gateway, "/api/admin/usage?date=%00", gateway.adminToken())).startsWith("400");
    }
  }

  private static String ops(GatewayForTests gateway, String path, String token) throws Exception {
    HttpResponse<String> answer = gateway.askOps(token, "GET", path, null);
    return answer.statusCode() + " " + answer.body();
  }
}
