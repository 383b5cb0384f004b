package dev.tollgate.proxy;

/**
 * Bounds of a purchase.
 *
 * @param bodyBytesMax of one request's body
 * @param bodiesBytesMax of all request bodies that one lane holds at a time; beyond it, new ones
 *     are refused as overloaded
 * @param wholeAnswerBytesMax up to this size an answer that is not streamed is sent in one piece,
 *     with its cost in a header; a larger one is passed on as it comes, without that header
 * @param leaseMillis how long a hold lives without being renewed; then any gateway may end it
 * @param checkpointMillis how often it is renewed, with what its request has cost so far; at most a
 *     third of the lease
 * @param drainsMax answers that one lane reads to their end after the client hung up
 * @param drainMillisMax how long each of them may take before it is cancelled
 * @param untoldMillisMax how long the head of a stream waits for an event that tells an answer from
 *     an error, where another route could be tried
 * @param retries how often a request is tried
 * @param realtime of sessions over WebSockets
 */
public record ProxySettings(
    int bodyBytesMax,
    long bodiesBytesMax,
    int wholeAnswerBytesMax,
    long leaseMillis,
    long checkpointMillis,
    int drainsMax,
    long drainMillisMax,
    long untoldMillisMax,
    RetrySettings retries,
    RealtimeSettings realtime) {
  public static final ProxySettings DEFAULT =
      new ProxySettings(
          32 << 20,
          512L << 20,
          256 << 10,
          60_000L,
          5_000L,
          256,
          120_000L,
          5_000L,
          RetrySettings.DEFAULT,
          RealtimeSettings.DEFAULT);
}
