package dev.tollgate.http;

/** What a {@link Lane} knows of a connection, whatever is spoken on it. For its event loop only. */
interface ClientConnection {
  /** Takes no more requests, lets those that it has be answered, and ends. */
  void drain();

  /** Ends it now. */
  void drop();
}
