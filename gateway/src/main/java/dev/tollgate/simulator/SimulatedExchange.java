package dev.tollgate.simulator;

import dev.tollgate.domain.RequestId;
import dev.tollgate.http.Reply;
import dev.tollgate.http.RequestSink;
import dev.tollgate.http.ServerResponse;
import dev.tollgate.simulator.SimulatedAnswer.Streamed;
import dev.tollgate.simulator.SimulatedAnswer.Whole;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * One request to the simulated provider, on its event loop. Collects the body, within a bound, then
 * answers at the pace that is set. Releases each piece of the body as it comes; every buffer that
 * it makes passes to the response.
 */
final class SimulatedExchange implements RequestSink {
  private static final JsonMapper JSON = new JsonMapper();

  private final RequestId id;
  private final ServerResponse response;
  private final Simulation simulation;
  private final int bodyBytesMax;
  private final long tokenNanos;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /** What is still to be streamed. */
  private Iterator<String> tokens = List.<String>of().iterator();

  private List<String> closing = List.of();
  private @Nullable ScheduledFuture<?> next;
  private boolean isWaitingForClient;
  private boolean isOver;

  SimulatedExchange(
      RequestId id, ServerResponse response, Simulation simulation, SimulatorSettings settings) {
    this.id = id;
    this.response = response;
    this.simulation = simulation;
    this.bodyBytesMax = settings.bodyBytesMax();
    this.tokenNanos = TimeUnit.SECONDS.toNanos(1) / settings.tokensPerSecond();
  }

  @Override
  public void onBody(ByteBuf piece) {
    try {
      if (isOver) {
        return;
      }
      if (body.size() + (long) piece.readableBytes() > bodyBytesMax) {
        isOver = true;
        body.reset();
        String message = "A body of at most " + bodyBytesMax + " bytes is simulated.";
        response.send(Reply.json(413, "{\"error\":{\"message\":\"" + message + "\"}}"));
        return;
      }
      byte[] bytes = new byte[piece.readableBytes()];
      piece.readBytes(bytes);
      body.writeBytes(bytes);
    } finally {
      piece.release();
    }
  }

  @Override
  public void onBodyEnd() {
    if (isOver) {
      return;
    }
    switch (simulation.answer(id, parse(body.toByteArray()))) {
      case Whole whole -> after(whole.outputTokens(), () -> send(whole.reply()));
      case Streamed streamed -> open(streamed);
    }
    body.reset();
  }

  private static JsonNode parse(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (JacksonException noJson) {
      return MissingNode.getInstance();
    }
  }

  private void after(int tokenCount, Runnable act) {
    next = response.eventLoop().schedule(act, tokenCount * tokenNanos, TimeUnit.NANOSECONDS);
  }

  private void send(Reply reply) {
    isOver = true;
    response.send(reply);
  }

  private void open(Streamed streamed) {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    headers.set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
    response.head(HttpResponseStatus.OK, headers);
    streamed.opening().forEach(this::write);
    response.flush();
    tokens = streamed.tokens().iterator();
    closing = streamed.closing();
    after(1, this::sendNext);
  }

  private void sendNext() {
    if (isOver) {
      return;
    }
    if (!response.isWritable()) {
      isWaitingForClient = true;
      return;
    }
    if (tokens.hasNext()) {
      write(tokens.next());
      response.flush();
      after(1, this::sendNext);
      return;
    }
    isOver = true;
    closing.forEach(this::write);
    response.end(EmptyHttpHeaders.INSTANCE);
  }

  private void write(String event) {
    response.body(Unpooled.wrappedBuffer(event.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void onWritable() {
    if (isWaitingForClient) {
      isWaitingForClient = false;
      sendNext();
    }
  }

  @Override
  public void onClientGone() {
    isOver = true;
    if (next != null) {
      next.cancel(false);
    }
  }
}
