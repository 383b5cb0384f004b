package dev.tollgate.kept;

import dev.tollgate.dialect.AnswerHead;
import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.ObjectAct;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.Tally;
import dev.tollgate.proxy.Provider;
import dev.tollgate.upstream.Upstream;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.UpstreamFailure;
import dev.tollgate.upstream.UpstreamListener;
import dev.tollgate.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One question to a provider, that no client has asked: how far is this object? Confined to its
 * event loop.
 *
 * <p>Buffers: nobody wants the answer's bytes; they are counted and released.
 */
final class Look implements UpstreamListener {
  private static final int NOT_FOUND = 404;

  /** What the provider says. One of these is called once, unless the look is cancelled. */
  interface Watching {
    void onSeen(Tally tally);

    void onMissing();

    void onAway(String reason);
  }

  private final KeptObject object;
  private final Provider provider;
  private final Endpoint polling;
  private final Watching watching;
  private @Nullable UpstreamCall call;
  private @Nullable AnswerMeter meter;
  private int status;

  private Look(KeptObject object, Provider provider, Endpoint polling, Watching watching) {
    this.object = object;
    this.provider = provider;
    this.polling = polling;
    this.watching = watching;
  }

  static Look begin(
      Upstream upstream,
      KeptObject object,
      Provider provider,
      Dialect dialect,
      Endpoint polling,
      Watching watching) {
    Look look = new Look(object, provider, polling, watching);
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    dialect.authorize(headers, provider.settings().apiKey(), provider.variant());
    String path = polling.upstreamPath("", Map.of(ObjectAct.ID, object.id()));
    look.call =
        upstream.call(
            new UpstreamRequest(
                provider.settings(),
                Providers.modelInUrl(provider, object),
                HttpMethod.GET,
                path,
                headers,
                Unpooled.EMPTY_BUFFER,
                provider.settings().bounds(),
                /* isRepeatable= */ true),
            look);
    return look;
  }

  void cancel() {
    if (call != null) {
      call.cancel();
    }
    discard();
  }

  private void discard() {
    if (meter != null) {
      meter.discard();
      meter = null;
    }
  }

  @Override
  public void onHead(HttpResponseStatus answered, HttpHeaders headers) {
    status = answered.code();
    if (status / 100 == 2) {
      meter = polling.newAnswerMeter(AnswerHead.of(status, headers), provider.variant(), false);
    }
  }

  @Override
  public void onBody(ByteBuf piece) {
    if (meter == null) {
      piece.release();
    } else {
      meter.read(piece, ByteBuf::release);
    }
  }

  @Override
  public void onEnd(HttpHeaders trailers) {
    if (status == NOT_FOUND) {
      watching.onMissing();
    } else if (meter == null) {
      watching.onAway("answered " + status);
    } else {
      meter.end(ByteBuf::release);
      Tally tally = meter.tally();
      if (object.id().equals(tally.object().id())) {
        watching.onSeen(tally);
      } else {
        watching.onAway("answered with something else");
      }
    }
  }

  @Override
  public void onFailure(UpstreamFailure failure) {
    discard();
    watching.onAway(failure.reason());
  }
}
