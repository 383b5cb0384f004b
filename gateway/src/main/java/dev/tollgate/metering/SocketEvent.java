package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;

/**
 * Reads the JSON events of a WebSocket one after another, from any cut of their bytes: for each
 * {@link #begin}, any number of {@link #read}, {@link #end}. Not for use by two threads.
 */
abstract class SocketEvent implements JsonListener {
  private static final int STRING_BYTES_MAX = 256;

  private final JsonScanner scanner;
  private final ByteWindows.Scan scan = this::scan;
  private String type = "";
  private long position;

  SocketEvent(JsonPaths paths, MeterSettings settings) {
    this.scanner = new JsonScanner(paths, this, settings.depthMax(), STRING_BYTES_MAX);
  }

  /** An event begins. */
  public void begin() {
    scanner.reset();
    position = 0;
    type = "";
  }

  /** Moves no index and releases nothing. */
  public final void read(ByteBuf piece) {
    ByteWindows.over(piece, scan);
  }

  private void scan(byte[] bytes, int from, int to) {
    scanner.scan(bytes, from, to, position);
    position += to - from;
  }

  /** Whether the event was one JSON document, and has come whole. */
  final boolean isWhole() {
    return scanner.isDone() && !scanner.isMalformed();
  }

  /** What it calls itself; empty where it does not. */
  public final String type() {
    return type;
  }

  final void type(String told) {
    type = told;
  }
}
