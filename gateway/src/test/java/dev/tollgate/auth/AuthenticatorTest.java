package dev.tollgate.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AuthenticatorTest {
  private static final AuthSettings SETTINGS = new AuthSettings(100, 60_000, 64);
  private static final KeyRef OWNER = new KeyRef(new AccountId("acct_1"), new KeyId("key_1"));

  private final List<String> lookups = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private final KnownKeys known = new KnownKeys(SETTINGS, nanos::get);
  private Optional<KeyRef> found = Optional.of(OWNER);
  private final Authenticator authenticator =
      new Authenticator(
          SETTINGS,
          known,
          sha256Hex -> {
            lookups.add(sha256Hex);
            return CompletableFuture.completedFuture(found);
          });

  @Test
  void authenticate_ofAKnownSecret_asksTheIndexOnce() {
    HttpHeaders headers = bearer("abc");

    assertThat(authenticate(headers)).isEqualTo(new Authentication.Authenticated(OWNER));
    assertThat(authenticate(headers)).isEqualTo(new Authentication.Authenticated(OWNER));
    assertThat(lookups)
        .containsExactly("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void authenticate_afterTheCacheExpired_asksAgain() {
    authenticate(bearer("abc"));
    nanos.addAndGet(TimeUnit.MINUTES.toNanos(2));
    authenticate(bearer("abc"));

    assertThat(lookups).hasSize(2);
  }

  @Test
  void authenticate_ofAnUnknownSecret_isRefusedAndNotRemembered() {
    found = Optional.empty();
    assertThat(authenticate(bearer("abc")))
        .isEqualTo(new Authentication.Rejected(Refusal.InvalidApiKey.UNKNOWN));

    found = Optional.of(OWNER);
    assertThat(authenticate(bearer("abc"))).isEqualTo(new Authentication.Authenticated(OWNER));
  }

  @Test
  void authenticate_withoutASecret_isRefused() {
    for (HttpHeaders headers :
        List.of(
            headers("accept", "text/html"),
            headers("authorization", "Basic abc"),
            headers("authorization", "Bearer  "),
            headers("x-api-key", ""))) {
      assertThat(authenticate(headers))
          .isEqualTo(new Authentication.Rejected(new Refusal.TokenRequired()));
    }
    assertThat(lookups).isEmpty();
  }

  @Test
  void authenticate_ofALongSecret_doesNotLookItUp() {
    assertThat(authenticate(bearer("x".repeat(65))))
        .isEqualTo(new Authentication.Rejected(Refusal.InvalidApiKey.UNKNOWN));
    assertThat(lookups).isEmpty();
    assertThat(authenticate(bearer("x".repeat(64))))
        .isEqualTo(new Authentication.Authenticated(OWNER));
  }

  @Test
  void authenticate_findsTheSecretInEachOfItsPlaces() {
    String sha256Hex = BearerKey.of("abc").sha256Hex();
    for (HttpHeaders headers :
        List.of(
            bearer("abc"),
            headers("authorization", "bearer  abc "),
            headers("x-api-key", "abc"),
            headers("x-goog-api-key", "abc"),
            headers("authorization", "Basic xyz").add("x-api-key", "abc"),
            bearer("abc").add("x-api-key", "other"),
            headers("x-api-key", "abc").add("x-goog-api-key", "other"))) {
      assertThat(Optional.ofNullable(BearerKey.find(headers)).map(BearerKey::sha256Hex))
          .contains(sha256Hex);
    }
  }

  @Test
  void authenticate_whenTheIndexFails_failsAsItDoes() {
    IllegalStateException away = new IllegalStateException("away");
    Authenticator failing =
        new Authenticator(SETTINGS, known, hash -> CompletableFuture.failedFuture(away));
    List<Throwable> errors = new ArrayList<>();

    failing
        .authenticate(bearer("abc"))
        .whenComplete((authentication, error) -> errors.add(error))
        .exceptionally(error -> new Authentication.Authenticated(OWNER));

    assertThat(errors)
        .containsExactly(away)
        .doesNotHaveAnyElementsOfTypes(CompletionException.class);
  }

  @Test
  void bearerKey_showsNothingOfItselfButAHint() {
    BearerKey key = BearerKey.of("tg_live_abcdefghijklmnopqrstuvwxyz0123456789");

    assertThat(key.toString()).doesNotContain("abc", "789");
    assertThat(key.hint()).isEqualTo("tg_live_ab…6789");
    assertThat(BearerKey.of("short").hint()).isEqualTo("…");
  }

  private Authentication authenticate(HttpHeaders headers) {
    return authenticator.authenticate(headers).toCompletableFuture().join();
  }

  private static HttpHeaders bearer(String secret) {
    return headers("authorization", "Bearer " + secret);
  }

  private static HttpHeaders headers(String name, String value) {
    return new DefaultHttpHeaders().add(name, value);
  }
}
