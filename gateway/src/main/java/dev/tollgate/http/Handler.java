package dev.tollgate.http;

/** What a route does. One instance serves all requests of its route on one event loop. */
public interface Handler {
  /**
   * Called on the event loop when the head of a request has arrived, before its body. May answer at
   * once. While this has not answered, a client that expects {@code 100-continue} is told to go on
   * as soon as it returns.
   *
   * @return what takes the body
   */
  RequestSink begin(ServerRequest request, ServerResponse response);
}
