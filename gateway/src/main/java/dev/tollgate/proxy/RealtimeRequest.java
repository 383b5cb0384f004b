package dev.tollgate.proxy;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.OpenAiRealtime;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.http.WebSocketUpgrade;
import dev.tollgate.upstream.UpstreamRequest;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client's request for a Realtime session, towards a provider and back. */
record RealtimeRequest(ServerRequest request, WebSocketUpgrade asked, Dialects dialects) {

  /** As a provider is asked: without what says who asks, or is about the client's connection. */
  UpstreamRequest towards(Route route) {
    HttpHeaders headers = HeaderRules.towardsProvider(request.headers());
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_VERSION);
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    List<String> protocols = OpenAiRealtime.protocolsUpstream(asked.protocols());
    if (!protocols.isEmpty()) {
      headers.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, String.join(", ", protocols));
    }
    Provider provider = route.provider();
    Dialect spoken = dialects.named(provider.settings().dialect()).orElseThrow();
    spoken.authorize(headers, provider.settings().apiKey(), provider.variant());
    return new UpstreamRequest(
        provider.settings(),
        route.model(),
        HttpMethod.GET,
        OpenAiRealtime.upstreamPath(route.model(), request.query()),
        headers,
        Unpooled.EMPTY_BUFFER,
        route.bounds(),
        /* isRepeatable= */ true);
  }

  /**
   * What the client is answered by when a provider has agreed.
   *
   * @param fromProvider its headers
   */
  HttpHeaders answer(HttpHeaders fromProvider) {
    HttpHeaders answer = asked.answer(protocol(fromProvider));
    String upstreamId =
        HeaderRules.towardsClient(fromProvider).get(HeaderRules.UPSTREAM_REQUEST_ID);
    if (upstreamId != null) {
      answer.set(HeaderRules.UPSTREAM_REQUEST_ID, upstreamId);
    }
    return answer;
  }

  /** Ours where it was asked for, else what the provider has chosen of those. */
  private @Nullable String protocol(HttpHeaders fromProvider) {
    List<String> passed = OpenAiRealtime.protocolsUpstream(asked.protocols());
    String chosen = fromProvider.get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    return passed.contains(OpenAiRealtime.PROTOCOL)
        ? OpenAiRealtime.PROTOCOL
        : chosen != null && passed.contains(chosen) ? chosen : null;
  }
}
