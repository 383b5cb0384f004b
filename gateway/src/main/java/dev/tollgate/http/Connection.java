package dev.tollgate.http;

import dev.tollgate.http.Patience.Wait;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection: takes one request after the other from its decoder, gives each to its
 * handler, and sees to it that every exchange ends and is told so once. A piece of a body is the
 * sink's from {@link RequestSink#onBody} on; without a sink it is released here. All of it happens
 * on one event loop.
 */
final class Connection extends ChannelInboundHandlerAdapter implements ClientConnection {
  private final Lane lane;
  private final HttpServerSettings settings;
  private final RequestDecoder decoder;
  private final ResponseEncoder encoder;

  /** From its head on until both it and its answer have ended. */
  private @Nullable OpenRequest open;

  /** Whether the connection ends with the present answer. */
  private boolean lastRequest;

  /** Whether more may come that is not to be read as a request. */
  private boolean broken;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ChannelHandlerContext context;

  @SuppressWarnings("NullAway.Init")
  private Patience patience;

  @SuppressWarnings("NullAway.Init")
  private WriteStall stall;

  @SuppressWarnings("NullAway.Init")
  private Ending ending;

  Connection(Lane lane, RequestDecoder decoder, ResponseEncoder encoder) {
    this.lane = lane;
    this.settings = lane.settings();
    this.decoder = decoder;
    this.encoder = encoder;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    ending = new Ending(ctx, decoder::discard);
    patience = new Patience(settings, ctx.channel().eventLoop(), this::patienceLost);
    stall = new WriteStall(ctx.channel(), settings.writeStallMillisMax(), ending::reset);
    watch();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    patience.end();
    OpenRequest request = open;
    if (request != null) {
      abandon(request).detach();
    }
    lane.closed(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    switch (message) {
      case HttpRequest head when !ending.isBegun() -> onHead(head);
      case HttpContent content when !ending.isBegun() -> onContent(content);
      case Malformed malformed when !ending.isBegun() -> onMalformed(malformed);
      default -> ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (decoder.discardedBytes() > settings.discardBytesMax()) {
      ending.reset();
    } else {
      watch();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!ctx.channel().isWritable()) {
      return;
    }
    OpenRequest request = open;
    if (request == null) {
      nextRequest();
      return;
    }
    try {
      request.announceWritable();
    } catch (RuntimeException bug) {
      failed(request, bug);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    lane.broke(cause);
    ending.reset();
  }

  private void onHead(HttpRequest head) {
    lastRequest = !HttpUtil.isKeepAlive(head);
    OpenRequest request = open(head.method(), head.protocolVersion());
    Malformed fault = HeadRules.fault(head, settings.headersMax());
    if (fault == null && head.method().equals(HttpMethod.CONNECT)) {
      fault = lane.noTunnel(head.uri());
    }
    if (fault != null) {
      refuse(request, fault);
      return;
    }
    Target target = Target.of(head.method(), head.uri());
    if (target == null) {
      refuse(request, Malformed.bad("The request target is not a path of this server."));
    } else {
      begin(request, head, target);
    }
  }

  private OpenRequest open(HttpMethod method, HttpVersion version) {
    encoder.answersHead(method.equals(HttpMethod.HEAD));
    OpenRequest request =
        new OpenRequest(new Http1Response(this, context, lane.nextRequestId(), method, version));
    open = request;
    return request;
  }

  private void begin(OpenRequest open, HttpRequest head, Target target) {
    OpenResponse response = open.response();
    long announcedBytes = HttpUtil.getContentLength(head, 0L);
    boolean waits =
        HttpUtil.is100ContinueExpected(head)
            && (announcedBytes > 0 || HttpUtil.isTransferEncodingChunked(head));
    lastRequest |= announcedBytes > settings.discardBytesMax();
    boolean lastAnyway = lastRequest;
    // A client that was not told to go on may or may not send its body after a final answer.
    lastRequest |= waits;
    try {
      RequestSink sink = lane.begin(response, target, head.headers());
      if (waits && !response.isEnded() && !response.isStarted()) {
        lastRequest = lastAnyway;
        response.proceed();
      }
      open.attach(sink);
    } catch (RuntimeException bug) {
      failed(open, bug);
    }
  }

  private void onContent(HttpContent content) {
    OpenRequest request = open;
    if (request == null) {
      content.release();
      return;
    }
    boolean last = content instanceof LastHttpContent;
    boolean answered = request.response().isEnded();
    try {
      request.body(content.content(), last);
    } catch (RuntimeException bug) {
      failed(request, bug);
    }
    if (answered && last) {
      exchanged(request);
    } else if (request.restBytes() > settings.discardBytesMax()) {
      ending.reset();
    }
  }

  private void onMalformed(Malformed malformed) {
    OpenRequest request = open;
    if (request == null) {
      OpenRequest unread = open(HttpMethod.GET, HttpVersion.HTTP_1_1);
      unread.complete();
      refuse(unread, malformed);
    } else if (request.response().isEnded()) {
      ending.lingering();
    } else {
      giveUp(request, malformed);
    }
  }

  private void refuse(OpenRequest request, Malformed malformed) {
    lane.listener().headRefused(malformed.status().code());
    answerLast(request.response(), malformed);
  }

  private void answerLast(OpenResponse response, Malformed malformed) {
    lastRequest = true;
    broken = true;
    response.send(lane.refusal(malformed, decoder.path(), response.id()));
  }

  private void failed(OpenRequest request, RuntimeException bug) {
    lane.failed(request.response().id(), bug);
    giveUp(request, Malformed.INTERNAL_ERROR);
  }

  /** Ends an exchange over the head of its handler. */
  private void giveUp(OpenRequest request, Malformed why) {
    if (request.response().isEnded()) {
      return;
    }
    boolean started = request.response().isStarted();
    OpenResponse instead = abandon(request);
    if (started) {
      instead.detach();
      ending.reset();
    } else {
      answerLast(instead, why);
    }
  }

  private OpenResponse abandon(OpenRequest request) {
    try {
      request.abandon();
    } catch (RuntimeException bug) {
      lane.failed(request.response().id(), bug);
    }
    return request.response();
  }

  /** The response has ended, whether or not its request has. */
  void answered() {
    OpenRequest request = open;
    if (request != null && request.isComplete()) {
      exchanged(request);
    } else if (mustCloseAfterAnswer()) {
      end(true);
    } else {
      watch();
    }
  }

  /** Request and response have both ended. */
  private void exchanged(OpenRequest request) {
    open = null;
    if (request.response().closes() || lane.isDraining()) {
      end(broken || decoder.hasPipelined());
    } else {
      nextRequest();
    }
  }

  /** Behind a client that does not read, no further answers are made. */
  private void nextRequest() {
    if (!ending.isBegun() && context.channel().isWritable()) {
      decoder.resume();
    }
    watch();
  }

  private void end(boolean lingering) {
    if (lingering) {
      ending.lingering();
    } else {
      ending.afterFlush();
    }
    stall.flushed();
    watch();
  }

  /**
   * @param visible whether the client can see from what it has that more is due
   */
  void aborted(boolean visible) {
    if (visible) {
      end(false);
    } else {
      ending.reset();
    }
  }

  /** Ends it now, if it is between two requests, else with the present answer. */
  @Override
  public void drain() {
    if (open == null) {
      end(false);
    }
  }

  @Override
  public void drop() {
    ending.reset();
  }

  /**
   * The connection leaves HTTP, the answer that says so being written. What has come of the other
   * protocol already is the first that its handlers get.
   */
  void leave(Consumer<Channel> takes, Switched switched) {
    open = null;
    patience.end();
    ChannelPipeline pipeline = context.pipeline();
    SwitchedConnection left = new SwitchedConnection(lane, context.channel(), switched);
    lane.became(this, left);
    pipeline.addLast(left);
    context.channel().config().setAutoRead(true);
    takes.accept(context.channel());
    pipeline.remove(this);
    pipeline.remove(encoder);
    pipeline.remove(decoder);
  }

  void flush() {
    context.flush();
    stall.flushed();
  }

  String date() {
    return lane.date();
  }

  boolean mustCloseAfterAnswer() {
    return lastRequest || lane.isDraining();
  }

  private void watch() {
    OpenRequest request = open;
    if (ending.isBegun()) {
      patience.with(Wait.GOODBYE);
    } else if (request == null) {
      patience.with(decoder.isHeadBegun() ? Wait.HEAD : Wait.REQUEST);
    } else if (request.isComplete()) {
      patience.with(Wait.NOTHING);
    } else {
      patience.with(request.response().isEnded() ? Wait.REST_OF_BODY : Wait.BODY);
    }
  }

  private void patienceLost() {
    switch (patience.current()) {
      case HEAD, BODY ->
          onMalformed(
              Malformed.of(
                  HttpResponseStatus.REQUEST_TIMEOUT, "The request took too long to come."));
      case REQUEST -> end(false);
      case NOTHING, HANDSHAKE, REST_OF_BODY, GOODBYE -> ending.reset();
    }
  }
}
