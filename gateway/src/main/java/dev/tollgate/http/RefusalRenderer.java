package dev.tollgate.http;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;

/** Turns a refusal into an answer in the dialect of the path that was asked for. */
@FunctionalInterface
public interface RefusalRenderer {
  /**
   * @param path as sent; empty where the request was too broken to have one
   */
  Reply render(Refusal refusal, String path, RequestId requestId);
}
