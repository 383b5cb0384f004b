package dev.tollgate.http;

/**
 * Hears what happens on a server's connections. Called on every lane: safe for use by several
 * threads, and quick.
 */
public interface ServerListener {
  ServerListener NONE = new ServerListener() {};

  default void connectionOpened() {}

  default void connectionClosed() {}

  /** Beyond {@code connectionsMax}; neither opened nor closed is called for it. */
  default void connectionRefused() {}

  /** A request that broke the protocol or its bounds, and that no handler saw. */
  default void headRefused(int status) {}

  /**
   * A client broke HTTP/2 or one of its bounds: its connection ends with GOAWAY.
   *
   * @param error the error's name in RFC 9113, as {@code PROTOCOL_ERROR}
   */
  default void connectionBroken(String error) {}

  /** A handler or the server itself threw: a bug, logged with its request id. */
  default void faulted(Throwable bug) {}
}
