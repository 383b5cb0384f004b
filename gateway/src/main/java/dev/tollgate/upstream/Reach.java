package dev.tollgate.upstream;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What it takes to reach a provider, beside its URL and its key.
 *
 * @param query of each request, in addition to its own; names and values as plain text, which may
 *     be secrets
 * @param headers of each request, against what the gateway would send
 * @param clientCertificate a PEM file of the certificate, and its chain, that is shown to a
 *     provider who asks for one; empty for none
 * @param clientKey a PEM file of its key; empty for none
 * @param proxy through which it is reached, by CONNECT; null for none
 * @param http2 whether HTTP/2 is spoken with it
 * @param warmConnections kept open and idle by each event loop, so that a request needs no
 *     handshake; with HTTP/2 one is enough, whatever the number
 */
public record Reach(
    Map<String, String> query,
    HeaderEdits headers,
    String clientCertificate,
    String clientKey,
    @Nullable ProxyAddress proxy,
    Http2Use http2,
    int warmConnections) {
  /** Nothing but the URL and the key. */
  public static final Reach PLAIN = new Reach(Map.of(), HeaderEdits.NONE, "", "", null);

  /** One with what is usual for the rest. */
  public Reach(
      Map<String, String> query,
      HeaderEdits headers,
      String clientCertificate,
      String clientKey,
      @Nullable ProxyAddress proxy) {
    this(query, headers, clientCertificate, clientKey, proxy, Http2Use.OFFERED, 0);
  }

  public Reach {
    query = Map.copyOf(query);
  }

  /** The same provider, otherwise connected to. */
  Reach with(Http2Use otherHttp2, int otherWarmConnections) {
    return new Reach(
        query, headers, clientCertificate, clientKey, proxy, otherHttp2, otherWarmConnections);
  }

  /** Without values: they may be secrets. */
  @Override
  public String toString() {
    return "Reach[query="
        + query.keySet()
        + ", headers="
        + headers
        + ", clientCertificate="
        + clientCertificate
        + ", proxy="
        + proxy
        + ", http2="
        + http2
        + ", warmConnections="
        + warmConnections
        + "]";
  }
}
