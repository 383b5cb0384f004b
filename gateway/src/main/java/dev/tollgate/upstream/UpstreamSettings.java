package dev.tollgate.upstream;

import java.time.Duration;

/**
 * Bounds that hold for every provider alike; each provider's own are in {@link ProviderSettings}.
 *
 * @param statusLineBytesMax of an answer's status line, and of the line before each chunk
 * @param headerBytesMax of all headers of an answer, its trailers included
 * @param readBytesMax taken from a connection by one read, and so the largest piece of a body
 * @param readsMax reads from one connection before the others of the event loop get their turn
 * @param interimMax 1xx heads before an answer; one more fails the call
 * @param resendMillisMax how long after sending a kept-alive connection may turn out dead for the
 *     request to be sent again; later than this the provider may well be working on it. As long an
 *     answer may still show after the request could not be written
 * @param timeGrainMillis how often time bounds are checked: each may be overrun by twice this
 * @param addressMillisMax how old a resolved address may get before it is looked up again
 * @param staleAddressMillisMax how old an address may get that cannot be looked up again
 * @param failedAddressMillis how long an address that could not be reached is tried last
 * @param connectionAttemptDelayMillis how long one address may take to accept a connection before
 *     the next one is tried beside it
 * @param http2 what else holds where HTTP/2 is spoken
 */
public record UpstreamSettings(
    int statusLineBytesMax,
    int headerBytesMax,
    int readBytesMax,
    int readsMax,
    int interimMax,
    int resendMillisMax,
    int timeGrainMillis,
    int addressMillisMax,
    int staleAddressMillisMax,
    int failedAddressMillis,
    int connectionAttemptDelayMillis,
    StreamBounds http2) {

  /** The defaults, fit for production. */
  public static UpstreamSettings defaults() {
    return new UpstreamSettings(
        4 * 1024,
        64 * 1024,
        64 * 1024,
        4,
        16,
        (int) Duration.ofSeconds(2).toMillis(),
        100,
        (int) Duration.ofSeconds(30).toMillis(),
        (int) Duration.ofHours(1).toMillis(),
        (int) Duration.ofMinutes(1).toMillis(),
        250,
        StreamBounds.DEFAULT);
  }
}
