package dev.tollgate.http;

/** What has taken over a connection that has left HTTP; told on its event loop. */
public interface Switched {
  /** The server stops: takes on nothing more, ends what has begun, and closes the connection. */
  void drain();

  /** The time for that is over: says goodbye and closes the connection now. */
  void drop();
}
