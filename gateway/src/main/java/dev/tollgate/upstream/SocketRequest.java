package dev.tollgate.upstream;

import dev.tollgate.frames.AcceptKey;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** The asking side of a WebSocket's opening handshake (RFC 6455, 4.1), for one call. */
final class SocketRequest {
  private static final String VERSION = "13";

  private final UpgradeListener listener;
  private final String key = AcceptKey.newKey();

  SocketRequest(UpgradeListener listener) {
    this.listener = listener;
  }

  /** Adds what asks for it to a head. What the frames may be packed with is not asked for. */
  void ask(HttpHeaders headers) {
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
    headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    headers.set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
    headers.set(HttpHeaderNames.SEC_WEBSOCKET_KEY, key);
  }

  /**
   * What is wrong with an answer of 101; null when nothing is.
   *
   * @param headers of the answer
   */
  @Nullable String fault(HttpHeaders headers) {
    boolean isAgreed =
        headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
            && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
            && AcceptKey.answerTo(key).equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT));
    if (!isAgreed) {
      return "answered the WebSocket's handshake wrongly";
    }
    return headers.contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)
        ? "packs its WebSocket's frames unasked"
        : null;
  }

  void switched(HttpHeaders headers, Channel channel) {
    listener.onSwitched(headers, channel);
  }
}
