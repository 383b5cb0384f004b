package dev.tollgate.checks;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.proxy.Provider;
import dev.tollgate.upstream.CallBounds;
import dev.tollgate.upstream.HealthCheckSettings;
import dev.tollgate.upstream.Upstream;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.UpstreamFailure;
import dev.tollgate.upstream.UpstreamFailure.Stage;
import dev.tollgate.upstream.UpstreamListener;
import dev.tollgate.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One call that asks a provider whether it is well. It goes the way of all calls, with the
 * provider's own key. Confined to its event loop.
 *
 * <p>Buffers: nobody wants the answer's bytes; they are counted, up to a bound, and released.
 */
final class HealthCheck implements UpstreamListener {
  private static final String USER_AGENT = "tollgate-health-check";
  private static final int TOO_MANY_REQUESTS = 429;

  /** How it ended. One of these is called once, unless it is cancelled. */
  interface Ending {
    /**
     * @param latencyNanos until the answer's head
     */
    void passed(long latencyNanos);

    /**
     * @param reason to follow the provider's name
     */
    void failed(String reason);

    void untold();
  }

  private final HealthCheckSettings settings;
  private final String provider;
  private final LongSupplier nanoTime;
  private final Ending ending;
  private final long startedNanos;
  private @Nullable UpstreamCall call;
  private int status;
  private long headNanos;
  private long bytes;

  private HealthCheck(
      HealthCheckSettings settings, String provider, LongSupplier nanoTime, Ending ending) {
    this.settings = settings;
    this.provider = provider;
    this.nanoTime = nanoTime;
    this.ending = ending;
    this.startedNanos = nanoTime.getAsLong();
  }

  static HealthCheck begin(
      Upstream upstream,
      Provider provider,
      HealthCheckSettings settings,
      Dialect dialect,
      LongSupplier nanoTime,
      Ending ending) {
    HealthCheck check = new HealthCheck(settings, provider.settings().name(), nanoTime, ending);
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.set(HttpHeaderNames.USER_AGENT, USER_AGENT);
    dialect.authorize(headers, provider.settings().apiKey(), provider.variant());
    int millis = settings.answerMillisMax();
    check.call =
        upstream.call(
            new UpstreamRequest(
                provider.settings(),
                settings.model(),
                HttpMethod.valueOf(settings.method()),
                settings.path(),
                headers,
                Unpooled.EMPTY_BUFFER,
                new CallBounds(millis, millis, millis, millis),
                /* isRepeatable= */ true),
            check);
    return check;
  }

  /** Whoever waited for it does no more. */
  void cancel() {
    if (call != null) {
      call.cancel();
    }
  }

  @Override
  public void onHead(HttpResponseStatus answered, HttpHeaders headers) {
    status = answered.code();
    headNanos = nanoTime.getAsLong();
  }

  @Override
  public void onBody(ByteBuf piece) {
    bytes += piece.readableBytes();
    piece.release();
    if (bytes > settings.answerBytesMax()) {
      cancel();
      conclude();
    }
  }

  @Override
  public void onEnd(HttpHeaders trailers) {
    conclude();
  }

  private void conclude() {
    if (settings.status().contains(status)) {
      ending.passed(headNanos - startedNanos);
    } else if (status == TOO_MANY_REQUESTS) {
      ending.untold();
    } else {
      ending.failed("answered " + status);
    }
  }

  @Override
  public void onFailure(UpstreamFailure failure) {
    if (failure.stage() == Stage.WAITING_FOR_CONNECTION) {
      ending.untold();
    } else {
      ending.failed(withoutName(failure.reason()));
    }
  }

  private String withoutName(String reason) {
    return reason.startsWith(provider + " ") ? reason.substring(provider.length() + 1) : reason;
  }
}
