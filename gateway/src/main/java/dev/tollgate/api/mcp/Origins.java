package dev.tollgate.api.mcp;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may ask. A browser names the page's site in {@code Origin}, and a page whose name
 * was made to point here (DNS rebinding) cannot hide its own: so only the site of {@code
 * public_url} passes. Whoever is no browser sends none, and passes.
 */
final class Origins {
  private final @Nullable String own;

  /**
   * @param publicUrl where this gateway is reached; null where that is not known, and no page may
   *     ask
   */
  Origins(@Nullable URI publicUrl) {
    this.own = publicUrl == null ? null : of(publicUrl);
  }

  boolean mayAsk(HttpHeaders headers) {
    return headers.getAll(HttpHeaderNames.ORIGIN).stream().allMatch(this::isOwn);
  }

  private boolean isOwn(String origin) {
    try {
      String site = of(new URI(origin));
      return site != null && site.equals(own);
    } catch (URISyntaxException none) {
      return false;
    }
  }

  /** {@code https://host:443}; null for what names no site. */
  private static @Nullable String of(URI url) {
    String scheme = url.getScheme();
    String host = url.getHost();
    if (scheme == null || host == null) {
      return null;
    }
    int usual = scheme.equalsIgnoreCase("https") ? 443 : 80;
    int port = url.getPort() < 0 ? usual : url.getPort();
    return (scheme + "://" + host).toLowerCase(Locale.ROOT) + ":" + port;
  }
}
