package dev.tollgate.http;

import dev.tollgate.domain.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects a request's body, within a bound, for a {@link Door}, and sends what that answers.
 * Refuses a body beyond the bound (413) and a query that is nonsense (400) itself. It releases each
 * piece of the body as it comes.
 */
public final class WholeBodyHandler implements Handler {
  private static final Logger log = LoggerFactory.getLogger(WholeBodyHandler.class);
  private static final byte[] NOTHING = {};

  private final Door door;
  private final RefusalRenderer refusals;
  private final long bodyBytesMax;

  /**
   * @param bodyBytesMax of the body in memory
   */
  public WholeBodyHandler(Door door, RefusalRenderer refusals, long bodyBytesMax) {
    this.door = door;
    this.refusals = refusals;
    this.bodyBytesMax = Math.min(bodyBytesMax, Integer.MAX_VALUE - 8);
  }

  @Override
  public RequestSink begin(ServerRequest request, ServerResponse response) {
    Collecting collecting = new Collecting(request, response);
    if (announcedBytes(request) > bodyBytesMax) {
      collecting.refuse(new Refusal.BodyTooLarge(bodyBytesMax));
    }
    return collecting;
  }

  /**
   * The decoder has checked that it is a number; one of more digits than a long has is too large.
   */
  private static long announcedBytes(ServerRequest request) {
    String length = request.headers().get(HttpHeaderNames.CONTENT_LENGTH);
    return length == null ? 0 : length.length() > 18 ? Long.MAX_VALUE : Long.parseLong(length);
  }

  /** One request; on its event loop. */
  private final class Collecting implements RequestSink {
    private final ServerRequest request;
    private final ServerResponse response;
    private byte[] collected = NOTHING;
    private int length;

    Collecting(ServerRequest request, ServerResponse response) {
      this.request = request;
      this.response = response;
    }

    @Override
    public void onBody(ByteBuf piece) {
      try {
        int more = piece.readableBytes();
        if (length + (long) more > bodyBytesMax) {
          refuse(new Refusal.BodyTooLarge(bodyBytesMax));
          return;
        }
        if (length + more > collected.length) {
          collected = Arrays.copyOf(collected, roomFor(length + more));
        }
        piece.readBytes(collected, length, more);
        length += more;
      } finally {
        piece.release();
      }
    }

    /** What was announced, or twice as much as before, but not far beyond what has come. */
    private int roomFor(int bytes) {
      long announced = Math.min(announcedBytes(request), bytes + 64L * 1024);
      long room = Math.max(announced, Math.max(bytes, 2L * collected.length));
      return (int) Math.min(room, bodyBytesMax);
    }

    @Override
    public void onBodyEnd() {
      Query query = Query.parse(request.query());
      if (query == null) {
        refuse(new Refusal.InvalidRequest("The query is not percent-encoded UTF-8.", null));
        return;
      }
      byte[] body = collected.length == length ? collected : Arrays.copyOf(collected, length);
      collected = NOTHING;
      open(query, body).whenComplete(this::onAnswer);
    }

    @SuppressWarnings("CatchingUnchecked")
    private CompletionStage<Reply> open(Query query, byte[] body) {
      try {
        return door.answer(request, query, body);
      } catch (RuntimeException bug) {
        return CompletableFuture.failedStage(bug);
      }
    }

    private void onAnswer(@Nullable Reply reply, @Nullable Throwable bug) {
      if (response.eventLoop().inEventLoop()) {
        answer(reply, bug);
      } else {
        response.eventLoop().execute(() -> answer(reply, bug));
      }
    }

    private void answer(@Nullable Reply reply, @Nullable Throwable bug) {
      if (reply != null) {
        response.send(reply);
      } else {
        log.error("request {} failed", request.id(), bug);
        refuse(new Refusal.InternalError());
      }
    }

    private void refuse(Refusal refusal) {
      response.send(refusals.render(refusal, request.path(), request.id()));
    }

    @Override
    public void onClientGone() {
      collected = NOTHING;
    }
  }
}
