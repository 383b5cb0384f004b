package dev.tollgate.http;

import dev.tollgate.domain.Refusal;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: takes one request after the other from its decoder, gives each to its
 * handler, and sees to it that every exchange ends and is told so once. A piece of a body is the
 * sink's from {@link RequestSink#onBody} on; without a sink it is released here. All of it happens
 * on one event loop.
 */
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** What the deadline is for. */
  private enum Wait {
    NOTHING,
    REQUEST,
    HEAD,
    BODY,
    REST_OF_BODY,
    GOODBYE
  }

  private final Lane lane;
  private final HttpServerSettings settings;
  private final RequestDecoder decoder;
  private final ResponseEncoder encoder;

  private Wait wait = Wait.NOTHING;
  private @Nullable OpenResponse response;
  private @Nullable RequestSink sink;
  private boolean requestComplete;
  private boolean lastRequest;
  private boolean broken;
  private long restBytes;
  private boolean announcing;
  private boolean writableMissed;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ChannelHandlerContext context;

  @SuppressWarnings("NullAway.Init")
  private Deadline deadline;

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
    ending = new Ending(ctx, decoder);
    deadline = new Deadline(ctx.channel().eventLoop(), this::expired);
    stall = new WriteStall(ctx.channel(), settings.writeStallMillisMax(), ending::reset);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    lane.opened(this);
    watch();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deadline.cancel();
    OpenResponse open = response;
    if (open != null) {
      abandon(open);
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
    OpenResponse open = response;
    if (open == null) {
      nextRequest();
    } else if (!open.isEnded()) {
      announceWritable(open);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
      log.debug("connection lost", cause);
    } else {
      log.error("a fault on a connection", cause);
      lane.listener().faulted(cause);
    }
    ending.reset();
  }

  private void onHead(HttpRequest head) {
    requestComplete = false;
    restBytes = 0;
    lastRequest = !HttpUtil.isKeepAlive(head);
    encoder.answersHead(head.method().equals(HttpMethod.HEAD));
    OpenResponse open =
        new OpenResponse(
            this, context, lane.nextRequestId(), head.method(), head.protocolVersion());
    response = open;
    Malformed fault = HeadRules.fault(head, settings.headersMax());
    if (fault != null) {
      refuse(open, fault);
    } else if (head.method().equals(HttpMethod.CONNECT)) {
      refuse(
          open,
          new Malformed(
              HttpResponseStatus.METHOD_NOT_ALLOWED,
              new Refusal.MethodNotAllowed("CONNECT", head.uri(), lane.router().allMethods())));
    } else {
      Target target = Target.of(head.method(), head.uri());
      if (target == null) {
        refuse(open, Malformed.bad("The request target is not a path of this server."));
      } else {
        begin(open, head, target);
      }
    }
  }

  private void begin(OpenResponse open, HttpRequest head, Target target) {
    boolean waits = HttpUtil.is100ContinueExpected(head) && announcesBody(head);
    // A client that was not told to go on may or may not send its body after a final answer.
    boolean lastUnlessTold = lastRequest;
    lastRequest |= waits || tooLongToDiscard(head);
    Router.Match match = lane.router().match(head.method(), target.path());
    ServerRequest request =
        new ServerRequest(
            open.id(),
            head.method(),
            target.path(),
            target.query(),
            head.headers(),
            System.nanoTime(),
            match.parameters());
    try {
      sink = match.handler().begin(request, open);
    } catch (RuntimeException bug) {
      failed(open, bug);
      return;
    }
    if (open.isEnded()) {
      return;
    }
    if (waits && !open.isStarted()) {
      lastRequest = lastUnlessTold || tooLongToDiscard(head);
      open.proceed();
    }
    if (writableMissed) {
      announceWritable(open);
    }
  }

  private static boolean announcesBody(HttpRequest head) {
    return HttpUtil.isTransferEncodingChunked(head) || HttpUtil.getContentLength(head, 0L) > 0;
  }

  private boolean tooLongToDiscard(HttpRequest head) {
    return HttpUtil.getContentLength(head, 0L) > settings.discardBytesMax();
  }

  private void onContent(HttpContent content) {
    OpenResponse open = response;
    boolean last = content instanceof LastHttpContent;
    if (open == null || open.isEnded()) {
      restBytes += content.content().readableBytes();
      content.release();
      if (last) {
        requestComplete = true;
        exchanged();
      } else if (restBytes > settings.discardBytesMax()) {
        ending.reset();
      }
      return;
    }
    requestComplete = last;
    deliver(open, content, last);
  }

  private void deliver(OpenResponse open, HttpContent content, boolean last) {
    RequestSink to = sink;
    if (to == null) {
      content.release();
      return;
    }
    try {
      if (content.content().isReadable()) {
        to.onBody(content.content());
      } else {
        content.release();
      }
      if (last && !open.isEnded()) {
        to.onBodyEnd();
      }
    } catch (RuntimeException bug) {
      failed(open, bug);
    }
  }

  private void onMalformed(Malformed malformed) {
    OpenResponse open = response;
    if (open == null) {
      encoder.answersHead(false);
      requestComplete = true;
      open =
          new OpenResponse(
              this, context, lane.nextRequestId(), HttpMethod.GET, HttpVersion.HTTP_1_1);
      response = open;
      refuse(open, malformed);
    } else if (open.isEnded()) {
      ending.lingering();
    } else {
      giveUp(open, malformed);
    }
  }

  private void refuse(OpenResponse open, Malformed malformed) {
    lane.listener().headRefused(malformed.status().code());
    answerLast(open, malformed);
  }

  private void answerLast(OpenResponse open, Malformed malformed) {
    lastRequest = true;
    broken = true;
    Reply reply = lane.router().refusals().render(malformed.refusal(), "", open.id());
    if (malformed.refusal() instanceof Refusal.MethodNotAllowed wrong) {
      reply.with(HttpHeaderNames.ALLOW, String.join(", ", wrong.allowed()));
    }
    open.send(new Reply(malformed.status(), reply.headers(), reply.body()));
  }

  private void failed(OpenResponse open, RuntimeException bug) {
    log.error("request {} failed", open.id(), bug);
    lane.listener().faulted(bug);
    giveUp(
        open, new Malformed(HttpResponseStatus.INTERNAL_SERVER_ERROR, new Refusal.InternalError()));
  }

  /** Ends an exchange over the head of its handler. */
  private void giveUp(OpenResponse open, Malformed why) {
    if (open.isEnded()) {
      return;
    }
    boolean started = open.isStarted();
    OpenResponse instead = open.replace();
    response = instead;
    tellGone(open);
    if (started) {
      instead.detach();
      ending.reset();
    } else {
      answerLast(instead, why);
    }
  }

  private void abandon(OpenResponse open) {
    if (!open.isEnded()) {
      open.detach();
      tellGone(open);
    }
  }

  private void tellGone(OpenResponse open) {
    RequestSink to = sink;
    sink = null;
    if (to == null) {
      return;
    }
    try {
      to.onClientGone();
    } catch (RuntimeException bug) {
      log.error("request {} failed", open.id(), bug);
      lane.listener().faulted(bug);
    }
  }

  /** A sink that writes and flushes in here may get through at once: no deeper, but round again. */
  private void announceWritable(OpenResponse open) {
    writableMissed = true;
    RequestSink to = sink;
    if (announcing || to == null) {
      return;
    }
    announcing = true;
    try {
      while (writableMissed && !open.isEnded() && open.isWritable()) {
        writableMissed = false;
        to.onWritable();
      }
    } catch (RuntimeException bug) {
      failed(open, bug);
    } finally {
      announcing = false;
      writableMissed = false;
    }
  }

  /** The response has ended, whether or not its request has. */
  void answered() {
    if (requestComplete) {
      exchanged();
    } else if (lastRequest || lane.isDraining()) {
      end(true);
    } else {
      watch();
    }
  }

  /** Request and response have both ended. */
  private void exchanged() {
    OpenResponse done = response;
    response = null;
    sink = null;
    writableMissed = false;
    if (done != null && (done.closes() || lane.isDraining())) {
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

  void aborted(boolean visible) {
    sink = null;
    if (visible) {
      end(false);
    } else {
      ending.reset();
    }
  }

  /** Ends it now, if it is between two requests, else with the present answer. */
  void drain() {
    if (response == null) {
      end(false);
    }
  }

  /** Ends it now. */
  void drop() {
    ending.reset();
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

  /** Sets the deadline for what the connection waits for now. */
  private void watch() {
    Wait now = waitsFor();
    if (now == wait && now != Wait.BODY) {
      return;
    }
    wait = now;
    switch (now) {
      case NOTHING -> deadline.clear();
      case REQUEST -> deadline.in(settings.idleMillisMax());
      case HEAD -> deadline.in(settings.headMillisMax());
      case BODY -> deadline.in(settings.bodyIdleMillisMax());
      case REST_OF_BODY, GOODBYE -> deadline.in(settings.discardMillisMax());
    }
  }

  private Wait waitsFor() {
    OpenResponse open = response;
    if (ending.isBegun()) {
      return Wait.GOODBYE;
    } else if (open == null) {
      return decoder.isHeadBegun() ? Wait.HEAD : Wait.REQUEST;
    } else if (requestComplete) {
      return Wait.NOTHING;
    }
    return open.isEnded() ? Wait.REST_OF_BODY : Wait.BODY;
  }

  private void expired() {
    Malformed late =
        Malformed.of(HttpResponseStatus.REQUEST_TIMEOUT, "The request took too long to come.");
    OpenResponse open = response;
    switch (wait) {
      case HEAD -> onMalformed(late);
      case BODY -> {
        if (open != null) {
          giveUp(open, late);
        }
      }
      case REQUEST -> end(false);
      case NOTHING, REST_OF_BODY, GOODBYE -> ending.reset();
    }
  }
}
