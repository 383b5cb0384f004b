package dev.tollgate.http;

import dev.tollgate.domain.Refusal;
import dev.tollgate.frames.AcceptKey;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request says that asks for a WebSocket (RFC 6455, 4.2.1).
 *
 * @param key its {@code Sec-WebSocket-Key}
 * @param protocols its {@code Sec-WebSocket-Protocol}, in its order; may hold secrets
 */
public record WebSocketUpgrade(String key, List<String> protocols) {
  /** What was asked, or why it is not to be had. */
  public sealed interface Asked {
    record Upgrade(WebSocketUpgrade upgrade) implements Asked {}

    record Refused(Refusal refusal) implements Asked {}
  }

  private static final String VERSION = "13";

  public WebSocketUpgrade {
    protocols = List.copyOf(protocols);
  }

  public static Asked of(ServerRequest request, ServerResponse response) {
    HttpHeaders headers = request.headers();
    if (!response.canSwitch() || !request.method().equals(HttpMethod.GET)) {
      return upgradeRequired("WebSockets are spoken here over HTTP/1.1, by GET.");
    }
    if (!headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
        || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
      return upgradeRequired("This is a WebSocket: ask for it by `Upgrade: websocket`.");
    }
    if (!VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
      return upgradeRequired("Only version 13 of WebSocket is spoken here.");
    }
    List<String> keys = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (keys.size() != 1 || !AcceptKey.isKey(keys.getFirst())) {
      return refused("Sec-WebSocket-Key must be 16 bytes in base64.");
    }
    if (hasBody(headers)) {
      return refused("A request for a WebSocket has no body.");
    }
    return new Asked.Upgrade(new WebSocketUpgrade(keys.getFirst(), protocols(headers)));
  }

  private static Asked upgradeRequired(String message) {
    return new Asked.Refused(new Refusal.UpgradeRequired(message));
  }

  private static Asked refused(String message) {
    return new Asked.Refused(new Refusal.InvalidRequest(message, null));
  }

  private static boolean hasBody(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || !headers.get(HttpHeaderNames.CONTENT_LENGTH, "0").equals("0");
  }

  private static List<String> protocols(HttpHeaders headers) {
    List<String> protocols = new ArrayList<>();
    for (String line : headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
      for (String protocol : line.split(",", -1)) {
        if (!protocol.isBlank()) {
          protocols.add(protocol.strip());
        }
      }
    }
    return protocols;
  }

  /** What a refusal to upgrade has to say beside its body. */
  public static Reply telling(Reply refused) {
    return refused
        .with(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
        .with(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
  }

  /**
   * The headers of the answer that agrees.
   *
   * @param protocol the one that is chosen of those asked for; null for none
   */
  public HttpHeaders answer(@Nullable String protocol) {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    headers.set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, AcceptKey.answerTo(key));
    if (protocol != null) {
      headers.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    return headers;
  }

  /** Without what may be secret. */
  @Override
  public String toString() {
    return "WebSocketUpgrade[" + protocols.size() + " protocols]";
  }
}
