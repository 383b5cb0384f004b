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
 */
public record Reach(
    Map<String, String> query,
    HeaderEdits headers,
    String clientCertificate,
    String clientKey,
    @Nullable ProxyAddress proxy) {
  /** Nothing but the URL and the key. */
  public static final Reach PLAIN = new Reach(Map.of(), HeaderEdits.NONE, "", "", null);

  public Reach {
    query = Map.copyOf(query);
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
        + "]";
  }
}
