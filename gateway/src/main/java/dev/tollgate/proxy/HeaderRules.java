package dev.tollgate.proxy;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which headers pass. Hop-by-hop ones (RFC 9110, 7.6.1) never do, in either direction, nor those
 * that {@code Connection} names. Towards the provider, everything that says who the customer is
 * stays here; towards the client, everything that says who the operator is at the provider.
 */
final class HeaderRules {
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private static final Set<String> NOT_UPSTREAM =
      Set.of(
          "host",
          "content-length",
          "expect",
          "authorization",
          "x-api-key",
          "x-goog-api-key",
          "api-key",
          "cookie",
          "accept-encoding",
          "forwarded",
          "via",
          "x-request-id",
          "openai-organization",
          "openai-project");

  private static final Set<String> NOT_DOWNSTREAM =
      Set.of(
          "date",
          "set-cookie",
          "alt-svc",
          "strict-transport-security",
          "x-request-id",
          "request-id",
          "openai-organization",
          "openai-project",
          "anthropic-organization-id");

  static final AsciiString UPSTREAM_REQUEST_ID = AsciiString.cached("x-upstream-request-id");

  private HeaderRules() {}

  /** A copy for the provider, without credentials. */
  static HttpHeaders towardsProvider(HttpHeaders fromClient) {
    HttpHeaders passed =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    for (Iterator<Map.Entry<CharSequence, CharSequence>> i = fromClient.iteratorCharSequence();
        i.hasNext(); ) {
      Map.Entry<CharSequence, CharSequence> header = i.next();
      String name = lowerCase(header.getKey());
      if (!HOP_BY_HOP.contains(name)
          && !NOT_UPSTREAM.contains(name)
          && !name.startsWith("x-forwarded-")
          && !isNamedByConnection(fromClient, name)) {
        passed.add(header.getKey(), header.getValue());
      }
    }
    return passed;
  }

  /** A copy for the client. The provider's request id stays readable under a name of its own. */
  static HttpHeaders towardsClient(HttpHeaders fromProvider) {
    HttpHeaders passed =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    for (Iterator<Map.Entry<CharSequence, CharSequence>> i = fromProvider.iteratorCharSequence();
        i.hasNext(); ) {
      Map.Entry<CharSequence, CharSequence> header = i.next();
      String name = lowerCase(header.getKey());
      if (name.equals("x-request-id") || name.equals("request-id")) {
        passed.set(UPSTREAM_REQUEST_ID, header.getValue());
      } else if (!HOP_BY_HOP.contains(name)
          && !NOT_DOWNSTREAM.contains(name)
          && !name.startsWith("x-tollgate-")
          && !name.startsWith("x-ratelimit-")
          && !name.startsWith("anthropic-ratelimit-")
          && !isNamedByConnection(fromProvider, name)) {
        passed.add(header.getKey(), header.getValue());
      }
    }
    return passed;
  }

  private static boolean isNamedByConnection(HttpHeaders headers, String name) {
    return headers.contains(HttpHeaderNames.CONNECTION)
        && headers.containsValue(HttpHeaderNames.CONNECTION, name, true);
  }

  private static String lowerCase(CharSequence name) {
    return name.toString().toLowerCase(Locale.ROOT);
  }
}
