package dev.tollgate.http;

import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/** Routes that may change while the server runs: asked for what its own routes do not serve. */
@FunctionalInterface
public interface OtherRoutes {
  /** None. */
  OtherRoutes NONE = (method, path) -> null;

  /**
   * Called on the event loop.
   *
   * @param path as sent, without the query
   * @return null when it is not served here either
   */
  @Nullable Handler find(HttpMethod method, String path);
}
