package dev.tollgate.kept;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.dialect.AnswerHead;
import dev.tollgate.dialect.ObjectAct;
import dev.tollgate.kept.Listing.Listed;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.upstream.Upstream;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.UpstreamFailure;
import dev.tollgate.upstream.UpstreamListener;
import dev.tollgate.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One answer made of many: asks the providers for each object of a page, some at a time, and
 * answers with a list of what they say. Each is seen by that, so what is done is paid for. What a
 * provider does not have any more is left out; any other refusal or failure fails the whole.
 * Confined to its event loop.
 *
 * <p>Buffers: what has come of each answer is held here until it goes into the list, or until the
 * call fails or is cancelled, and then released.
 */
final class ListCall implements UpstreamCall {
  private static final int NOT_FOUND = 404;

  /** After which a provider that does not know an object is believed. */
  private static final long YOUNG_MILLIS = 600_000;

  private final Listing listing;
  private final Upstream upstream;
  private final HttpHeaders headers;
  private final UpstreamListener listener;
  private final @Nullable ByteBuf[] bodies;
  private final Map<Integer, UpstreamCall> underWay = new HashMap<>();
  private int next;
  private int left;
  private boolean isOver;

  ListCall(Listing listing, Upstream upstream, UpstreamRequest request, UpstreamListener listener) {
    this.listing = listing;
    this.upstream = upstream;
    this.headers = request.headers();
    WholeAnswers.unconditional(headers);
    this.listener = listener;
    this.bodies = new ByteBuf[listing.listed().size()];
    this.left = bodies.length;
    request.body().release();
  }

  /** The listener is not called from here. */
  UpstreamCall start() {
    listing.keeper().lane().eventLoop().execute(this::goOn);
    return this;
  }

  private void goOn() {
    if (isOver) {
      return;
    }
    if (left == 0) {
      answer();
      return;
    }
    int most = listing.keeper().settings().listCallsMax();
    while (next < bodies.length && underWay.size() < most) {
      int place = next++;
      Listed listed = listing.listed().get(place);
      underWay.put(place, upstream.call(request(listed), new One(place, listed)));
    }
  }

  private UpstreamRequest request(Listed listed) {
    HttpHeaders own = DefaultHttpHeadersFactory.headersFactory().newHeaders().set(headers);
    listing.dialect().authorize(own, listed.provider().settings().apiKey());
    String path = listing.polling().upstreamPath("", Map.of(ObjectAct.ID, listed.object().id()));
    return new UpstreamRequest(
        listed.provider().settings(), HttpMethod.GET, path, own, Unpooled.EMPTY_BUFFER);
  }

  private void ended(int place) {
    underWay.remove(place);
    left--;
    goOn();
  }

  private void fail(String reason) {
    if (!isOver) {
      close();
      listener.onFailure(new UpstreamFailure(UpstreamFailure.Stage.READING_BODY, false, reason));
    }
  }

  private void answer() {
    isOver = true;
    CompositeByteBuf list = Unpooled.compositeBuffer(Integer.MAX_VALUE);
    list.addComponent(true, text("{\"object\":\"list\",\"data\":["));
    boolean isFirst = true;
    for (int i = 0; i < bodies.length; i++) {
      ByteBuf body = bodies[i];
      if (body != null) {
        list.addComponent(true, text(isFirst ? "" : ","));
        list.addComponent(true, body);
        isFirst = false;
        bodies[i] = null;
      }
    }
    list.addComponent(true, text(ending()));
    HttpHeaders head = new DefaultHttpHeaders();
    head.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    listener.onHead(HttpResponseStatus.OK, head);
    listener.onBody(list);
    listener.onReadComplete();
    listener.onEnd(EmptyHttpHeaders.INSTANCE);
  }

  private String ending() {
    List<String> ids = listing.listed().stream().map(listed -> listed.object().id()).toList();
    return "],\"first_id\":%s,\"last_id\":%s,\"has_more\":%s}"
        .formatted(
            ids.isEmpty() ? "null" : JsonText.of(ids.getFirst()),
            ids.isEmpty() ? "null" : JsonText.of(ids.getLast()),
            listing.page().hasMore());
  }

  private static ByteBuf text(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(UTF_8));
  }

  /** The list is made when all is there: there is nothing to hold back. */
  @Override
  public void pause() {}

  @Override
  public void resume() {}

  @Override
  public void cancel() {
    if (!isOver) {
      close();
    }
  }

  private void close() {
    isOver = true;
    underWay.values().forEach(UpstreamCall::cancel);
    underWay.clear();
    for (int i = 0; i < bodies.length; i++) {
      ByteBuf body = bodies[i];
      if (body != null) {
        body.release();
        bodies[i] = null;
      }
    }
  }

  /** The answer about one object. */
  private final class One implements UpstreamListener {
    private final int place;
    private final Listed listed;
    private int status;
    private @Nullable AnswerMeter meter;

    private One(int place, Listed listed) {
      this.place = place;
      this.listed = listed;
    }

    @Override
    public void onHead(HttpResponseStatus answered, HttpHeaders fromProvider) {
      status = answered.code();
      AnswerHead head =
          new AnswerHead(
              status,
              fromProvider.get(HttpHeaderNames.CONTENT_TYPE, ""),
              fromProvider.get(HttpHeaderNames.CONTENT_ENCODING, ""));
      if (!head.contentEncoding().isEmpty()) {
        fail("The provider has answered in an encoding that it was not asked for.");
      } else if (answered.code() / 100 == 2) {
        meter = listing.polling().newAnswerMeter(head, listed.provider().variant(), false);
        bodies[place] = Unpooled.compositeBuffer(Integer.MAX_VALUE);
      } else if (status != NOT_FOUND) {
        fail("The provider answered " + status + " when it was asked for one of the list.");
      }
    }

    @Override
    public void onBody(ByteBuf piece) {
      if (meter == null || isOver) {
        piece.release();
      } else {
        meter.read(piece, this::add);
      }
    }

    private void add(ByteBuf piece) {
      if (bodies[place] instanceof CompositeByteBuf body) {
        body.addComponent(true, piece);
        if (body.readableBytes() > listing.keeper().settings().listedBytesMax()) {
          fail("The provider has answered with too large an object.");
        }
      } else {
        piece.release();
      }
    }

    @Override
    public void onEnd(HttpHeaders trailers) {
      if (isOver) {
        return;
      }
      if (meter == null) {
        gone();
        return;
      }
      meter.end(this::add);
      listing
          .keeper()
          .payments()
          .seen(listed.object(), listed.provider(), meter.tally())
          .whenComplete((paid, failure) -> ended(place));
    }

    /** One that was made a moment ago may not have got around at the provider's yet. */
    private void gone() {
      long ageMillis = listing.keeper().lane().clock().millis() - listed.object().createdAtMillis();
      if (ageMillis > YOUNG_MILLIS && !listed.object().isOwed()) {
        var unused =
            listing
                .keeper()
                .lane()
                .ledger()
                .forget(
                    listed.object().owner().account(),
                    listed.object().kind(),
                    listed.object().id());
      }
      ended(place);
    }

    @Override
    public void onFailure(UpstreamFailure failure) {
      fail(failure.reason());
    }
  }
}
