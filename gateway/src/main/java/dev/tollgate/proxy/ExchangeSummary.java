package dev.tollgate.proxy;

import dev.tollgate.domain.Usage;

/**
 * How one purchase went, in figures without names of customers.
 *
 * @param route the public path
 * @param model from the rate card; empty where none was found
 * @param provider who served; empty when nobody did
 * @param status of the answer to the client; 0 when it had hung up before
 * @param estimated why the usage is an estimate; empty when it is not
 * @param totalNanos from the request's head to the answer's end
 * @param firstByteNanos to the answer's first byte; -1 when there was none
 * @param upstreamNanos from the call of the provider to its answer's end; 0 without a call
 * @param upstreamFirstByteNanos from the call of the provider to its answer's head; 0 without one
 */
public record ExchangeSummary(
    String route,
    String model,
    String provider,
    int status,
    boolean isStreamed,
    Usage usage,
    long costNanoUsd,
    String estimated,
    long totalNanos,
    long firstByteNanos,
    long upstreamNanos,
    long upstreamFirstByteNanos) {
  /**
   * What the gateway itself added before the first byte: everything up to the answer's head that
   * was not spent waiting for the provider.
   */
  public long overheadNanos() {
    return firstByteNanos < 0 ? 0 : Math.max(0, firstByteNanos - upstreamFirstByteNanos);
  }
}
