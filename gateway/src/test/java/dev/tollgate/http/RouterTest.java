package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.HttpMethod;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
  /** Handlers that are told apart by their name. */
  private record Named(String name) implements Handler {
    @Override
    public RequestSink begin(ServerRequest request, ServerResponse response) {
      return new TestServer.Ignoring();
    }
  }

  private final Router router =
      Router.builder(TestServer.REFUSALS)
          .route(HttpMethod.GET, "/v1/keys", new Named("list"))
          .route(HttpMethod.POST, "/v1/keys", new Named("create"))
          .route(HttpMethod.GET, "/v1/keys/{id}", new Named("show"))
          .route(HttpMethod.DELETE, "/v1/keys/{id}", new Named("delete"))
          .route(HttpMethod.GET, "/v1/keys/new", new Named("form"))
          .route(HttpMethod.GET, "/v1/keys/{id}/uses/{use}", new Named("use"))
          .route(HttpMethod.POST, "/models/{model}:embed", new Named("embed"))
          .route(HttpMethod.POST, "/models/{model}", new Named("model"))
          .route(HttpMethod.GET, "/premium/**", new Named("premium"))
          .route(HttpMethod.GET, "/premium/{one}", new Named("one"))
          .route(HttpMethod.HEAD, "/v1/head", new Named("head"))
          .build();

  @ParameterizedTest
  @CsvSource({
    "GET,/v1/keys,list,{}",
    "HEAD,/v1/keys,list,{}",
    "POST,/v1/keys,create,{}",
    "GET,/v1/keys/k1,show,{id=k1}",
    "DELETE,/v1/keys/new,delete,{id=new}",
    "GET,/v1/keys/new,form,{}",
    "GET,/v1/keys/a%2Fb,show,{id=a/b}",
    "GET,/v1/keys/a+b,show,{id=a+b}",
    "GET,/v1/keys/k/uses/u,use,'{use=u, id=k}'",
    "POST,/models/m:embed,embed,{model=m}",
    "POST,/models/m:other,model,{model=m:other}",
    "GET,/premium,premium,{**=}",
    "GET,/premium/,premium,{**=}",
    "GET,/premium/a,one,{one=a}",
    "GET,/premium/a/b%20,premium,{**=a/b%20}",
    "HEAD,/v1/head,head,{}",
  })
  void match_findsTheMostSpecific(String method, String path, String name, String parameters) {
    Router.Match match = router.match(HttpMethod.valueOf(method), path);
    assertThat(match.handler()).isEqualTo(new Named(name));
    assertThat(match.parameters().toString()).isEqualTo(parameters);
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/",
    "GET,/v1/keys/",
    "GET,/v1/keys//uses/u",
    "GET,/v1/keys/%zz",
    "GET,/v1",
    "POST,/premium",
    "GET,//v1/keys",
    "GET,/premiums",
    "GET,/v1/head",
  })
  void match_ofNothing_isNoRoute(String method, String path) {
    assertThat(router.match(HttpMethod.valueOf(method), path).handler())
        .isNotInstanceOf(Named.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "/a/**/b", "/a/x{b}", "/a/{}", "/a/x**"})
  void route_thatIsNoPattern_isRefused(String path) {
    assertThatThrownBy(
            () ->
                Router.builder(TestServer.REFUSALS)
                    .route(HttpMethod.GET, path, new Named("x"))
                    .build())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void route_twice_isRefused() {
    Router.Builder builder =
        Router.builder(TestServer.REFUSALS).route(HttpMethod.GET, "/a", new Named("x"));
    assertThatThrownBy(() -> builder.route(HttpMethod.GET, "/a", new Named("y")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {
        "a=1,1",
        "b=2&a=1&a=3,1",
        "a,''",
        "a=,''",
        "a=%C3%A9+%2B,é +",
        "'',null",
        "b,null",
        "&&a=x=y,x=y",
      })
  void query_first_isDecoded(String raw, @Nullable String expected) {
    Query query = Query.parse(raw);
    assertThat(query).isNotNull();
    assertThat(query == null ? null : query.first("a")).isEqualTo(expected);
  }

  @Test
  void query_ofTooMany_orNonsense_isNone() {
    assertThat(Query.parse("a&".repeat(Query.PARAMETERS_MAX + 1))).isNull();
    assertThat(Query.parse("a=%e9")).isNull();
    assertThat(Query.parse("a=%0a")).isNull();
    assertThat(Query.parse(null)).isSameAs(Query.NONE);
    Query query = Query.parse("a=1&b=2&a=3");
    assertThat(query == null ? Map.of() : Map.of("a", query.all("a"), "c", query.all("c")))
        .hasToString(Map.of("a", java.util.List.of("1", "3"), "c", java.util.List.of()).toString());
  }
}
