package dev.tollgate.upstream;

import java.net.URI;

/**
 * Where a provider is, taken from its base URL once.
 *
 * @param host a name or an IP address, without brackets
 * @param authority as the {@code Host} header has it: without the scheme's default port
 * @param pathPrefix in front of every path: {@code /v1}, or empty; may have the place {@code
 *     {model}}
 */
record Origin(boolean isTls, String host, int port, String authority, String pathPrefix) {

  /**
   * Reads the authority itself, because {@link URI#getHost()} knows no host with an underscore, and
   * compose files are full of them.
   */
  static Origin of(URI baseUrl) {
    boolean isTls = "https".equalsIgnoreCase(baseUrl.getScheme());
    String authority = baseUrl.getRawAuthority() == null ? "" : baseUrl.getRawAuthority();
    String hostAndPort = authority.substring(authority.lastIndexOf('@') + 1);
    int colon = hostAndPort.lastIndexOf(':');
    boolean hasPort = colon > hostAndPort.lastIndexOf(']');
    String host = hasPort ? hostAndPort.substring(0, colon) : hostAndPort;
    boolean namesPort = hasPort && colon + 1 < hostAndPort.length();
    int defaultPort = isTls ? 443 : 80;
    int port = namesPort ? Integer.parseInt(hostAndPort.substring(colon + 1)) : defaultPort;
    String path = baseUrl.getRawPath() == null ? "" : baseUrl.getRawPath();
    return new Origin(
        isTls,
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        port,
        port == defaultPort ? host : host + ":" + port,
        (path.endsWith("/") ? path.substring(0, path.length() - 1) : path)
            .replace(ProviderSettings.MODEL_PLACE, "{model}"));
  }
}
