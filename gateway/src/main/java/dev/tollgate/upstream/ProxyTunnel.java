package dev.tollgate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Consumer;

/**
 * Asks an HTTP proxy for a way to a provider (RFC 9110, 9.3.6), over a connection to the proxy;
 * once it is there, takes itself and its codec off the channel, which then leads to the provider.
 * Netty's own handler would tell a refusal in prose only, and has no bounds. It has no time bound:
 * whoever waits closes the channel. What the proxy sends is released here. Confined to the
 * channel's event loop.
 */
final class ProxyTunnel extends ChannelInboundHandlerAdapter {
  private static final int WANTS_CREDENTIALS = 407;

  private final Runnable ready;
  private final Consumer<String> failed;
  private final AnswerDecoder decoder;
  private final HttpRequestEncoder encoder = new HttpRequestEncoder();
  private final int interimMax;
  private int interims;
  private boolean isGranted;
  private boolean isOver;

  private ProxyTunnel(UpstreamSettings settings, Runnable ready, Consumer<String> failed) {
    this.ready = ready;
    this.failed = failed;
    this.decoder = new AnswerDecoder(settings);
    this.interimMax = settings.interimMax();
  }

  /**
   * Asks for the way.
   *
   * @param connected to the proxy, without handlers
   * @param ready called once when the channel leads to the provider, again without handlers
   * @param failed called once instead, with what the proxy did: {@code answered 503}
   */
  static void through(
      Channel connected,
      ProxyAddress proxy,
      Origin origin,
      UpstreamSettings settings,
      Runnable ready,
      Consumer<String> failed) {
    ProxyTunnel tunnel = new ProxyTunnel(settings, ready, failed);
    connected.pipeline().addLast(tunnel.decoder, tunnel.encoder, tunnel);
    // Whatever the status: no content belongs to the answer's head.
    tunnel.decoder.expectAnswer(true);
    connected
        .writeAndFlush(request(proxy, origin))
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                tunnel.fail("broke the connection");
              }
            });
  }

  private static FullHttpRequest request(ProxyAddress proxy, Origin origin) {
    String host = origin.host().indexOf(':') < 0 ? origin.host() : "[" + origin.host() + "]";
    String target = host + ":" + origin.port();
    FullHttpRequest request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.CONNECT, target);
    request.headers().set(HttpHeaderNames.HOST, target);
    String authorization = proxy.authorization();
    if (authorization != null) {
      request.headers().set(HttpHeaderNames.PROXY_AUTHORIZATION, authorization);
    }
    return request;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (isOver) {
        return;
      }
      if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
        fail(Breakage.NOT_HTTP);
      } else if (message instanceof HttpResponse response) {
        onHead(response);
      }
      if (message instanceof LastHttpContent && isGranted) {
        handOver(context);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void onHead(HttpResponse response) {
    int status = response.status().code();
    if (response.protocolVersion().majorVersion() != 1) {
      fail("answered with " + response.protocolVersion());
    } else if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      interims++;
      if (interims > interimMax) {
        fail(Breakage.TOO_MANY_INTERIMS);
      }
    } else if (response.status().codeClass() == HttpStatusClass.SUCCESS) {
      isGranted = true;
    } else if (status == WANTS_CREDENTIALS) {
      fail("wants other credentials (407)");
    } else {
      fail("answered " + status);
    }
  }

  /** Before TLS, or a request, a provider has nothing to say. */
  private void handOver(ChannelHandlerContext context) {
    if (decoder.hasUnread()) {
      fail("sent more than an answer");
      return;
    }
    isOver = true;
    context.pipeline().remove(this);
    context.pipeline().remove(encoder);
    context.pipeline().remove(decoder);
    ready.run();
  }

  private void fail(String problem) {
    if (!isOver) {
      isOver = true;
      failed.accept(problem);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail("closed the connection");
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail("broke the connection");
  }
}
