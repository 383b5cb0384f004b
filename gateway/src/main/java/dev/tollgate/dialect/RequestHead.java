package dev.tollgate.dialect;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the head of a request says to whoever reads its body.
 *
 * @param contentType as sent; empty when there is none
 * @param pathParameters what the path has in the places of its endpoint's {@code {names}},
 *     percent-decoded
 * @param query as sent, without the question mark; null when there is none
 */
public record RequestHead(
    String contentType, Map<String, String> pathParameters, @Nullable String query) {
  /** Without a query. */
  public RequestHead(String contentType, Map<String, String> pathParameters) {
    this(contentType, pathParameters, null);
  }
}
