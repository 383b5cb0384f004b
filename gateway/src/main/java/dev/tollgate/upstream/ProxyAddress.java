package dev.tollgate.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy that a provider is reached through.
 *
 * @param host a name or an IP address, without brackets
 * @param user empty where the proxy wants none
 * @param password a secret
 */
public record ProxyAddress(String host, int port, String user, String password) {
  /** The value of {@code Proxy-Authorization}; null where the proxy wants none. */
  @Nullable String authorization() {
    return user.isEmpty()
        ? null
        : "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
  }

  /** Without the credentials. */
  @Override
  public String toString() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
