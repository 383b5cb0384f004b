package dev.tollgate.auth;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import io.netty.handler.codec.http.HttpHeaders;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Says who a request comes from. One per event loop, and called on it only: it keeps a digest that
 * two threads must not share.
 */
public final class Authenticator {
  private static final Authentication NO_TOKEN =
      new Authentication.Rejected(new Refusal.TokenRequired());
  private static final Authentication UNKNOWN =
      new Authentication.Rejected(Refusal.InvalidApiKey.UNKNOWN);

  private final KnownKeys known;
  private final KeyIndex index;
  private final int keyCharactersMax;
  private final MessageDigest sha256 = BearerKey.sha256();

  /**
   * @param known shared by all event loops
   * @param index asked for keys that are not known; its stages complete on this event loop
   */
  public Authenticator(AuthSettings settings, KnownKeys known, KeyIndex index) {
    this.keyCharactersMax = settings.keyCharactersMax();
    this.known = known;
    this.index = index;
  }

  /**
   * A stage that is complete already for a key that is known, and where no key was sent; it fails
   * as the index does.
   */
  public CompletionStage<Authentication> authenticate(HttpHeaders headers) {
    return authenticate(headers, null);
  }

  /**
   * @param elsewhere the key, where a request may carry it outside of its headers, which come
   *     first; null when it is not there
   */
  public CompletionStage<Authentication> authenticate(
      HttpHeaders headers, @Nullable String elsewhere) {
    BearerKey inHeaders = BearerKey.find(headers);
    BearerKey key = inHeaders == null && elsewhere != null ? BearerKey.of(elsewhere) : inHeaders;
    if (key == null) {
      return CompletableFuture.completedFuture(NO_TOKEN);
    }
    if (key.characters() > keyCharactersMax) {
      return CompletableFuture.completedFuture(UNKNOWN);
    }
    String sha256Hex = key.sha256Hex(sha256);
    KeyRef owner = known.owner(sha256Hex);
    return owner != null
        ? CompletableFuture.completedFuture(new Authentication.Authenticated(owner))
        : lookUp(sha256Hex);
  }

  private CompletionStage<Authentication> lookUp(String sha256Hex) {
    CompletableFuture<Authentication> answer = new CompletableFuture<>();
    index
        .find(sha256Hex)
        .whenComplete(
            (found, error) -> {
              if (error == null) {
                answer.complete(found.map(owner -> remembered(sha256Hex, owner)).orElse(UNKNOWN));
              } else {
                answer.completeExceptionally(error);
              }
            });
    return answer;
  }

  private Authentication remembered(String sha256Hex, KeyRef owner) {
    known.remember(sha256Hex, owner);
    return new Authentication.Authenticated(owner);
  }
}
