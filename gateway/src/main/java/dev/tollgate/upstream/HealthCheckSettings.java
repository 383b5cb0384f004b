package dev.tollgate.upstream;

import java.time.Duration;

/**
 * How a provider is asked whether it is well.
 *
 * @param path appended to its base URL; it may have a query
 * @param method that changes nothing there and costs nothing: {@code GET} or {@code HEAD}
 * @param model for the place that its base URL may have; empty where there is none
 * @param intervalMillis from the beginning of one check to that of the next, on the average
 * @param answerMillisMax for a whole check
 * @param failuresMax checks in a row that fail before it is taken to be down
 * @param successesMin checks in a row that pass before it is taken to be well again
 * @param status of an answer that passes
 * @param answerBytesMax of an answer that is read; what is longer is cut off, and passes no less
 */
public record HealthCheckSettings(
    String path,
    String method,
    String model,
    long intervalMillis,
    int answerMillisMax,
    int failuresMax,
    int successesMin,
    StatusRange status,
    int answerBytesMax) {
  public static final HealthCheckSettings DEFAULT =
      new HealthCheckSettings(
          "/models",
          "GET",
          "",
          Duration.ofSeconds(10).toMillis(),
          (int) Duration.ofSeconds(5).toMillis(),
          3,
          2,
          new StatusRange(200, 399),
          64 * 1024);

  /** Without the path's query, which may be a secret. */
  @Override
  public String toString() {
    int query = path.indexOf('?');
    return method + " " + (query < 0 ? path : path.substring(0, query));
  }
}
