package dev.tollgate.proxy;

import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;

/**
 * How one purchase went, in figures without names of customers.
 *
 * @param request names it in the ledger, and to the customer
 * @param route the public path
 * @param model from the rate card; empty where none was found
 * @param provider who served; empty when nobody did
 * @param status of the answer to the client; 0 when it had hung up before
 * @param estimated why the usage is an estimate; empty when it is not
 * @param totalNanos from the request's head to the answer's end
 * @param firstByteNanos to the answer's first byte; -1 when there was none
 * @param upstreamNanos from the call of the provider to its answer's end; 0 without a call
 * @param overheadNanos what the gateway itself added to the client's wait: for a stream up to its
 *     first byte, else for the whole; -1 where nobody waited
 */
public record ExchangeSummary(
    RequestId request,
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
    long overheadNanos) {}
