package dev.tollgate.app;

import dev.tollgate.http.Door;
import io.netty.handler.codec.http.HttpMethod;

/** Takes the doors of a port. */
@FunctionalInterface
interface Routes {
  /**
   * @param bodyBytesMax of a request
   */
  void route(HttpMethod method, String path, Door door, int bodyBytesMax);
}
