package dev.tollgate.upstream;

import dev.tollgate.http2.FieldEncoder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import java.util.Locale;

/** Puts Netty's parts of HTTP/2 together for a {@link StreamsReader}. */
final class ProviderCodec {
  private ProviderCodec() {}

  static StreamsReader build(ProviderPool pool, ProviderStreams.Hello hello) {
    UpstreamSettings settings = pool.lane().settings();
    StreamBounds bounds = settings.http2();
    Http2Connection connection = new DefaultHttp2Connection(/* server= */ false);
    connection
        .remote()
        .flowController(
            new DefaultHttp2RemoteFlowController(
                connection, new UniformStreamByteDistributor(connection)));
    // The connection's window is refilled as bytes come: a reader that stops holds up only itself.
    connection
        .local()
        .flowController(
            new DefaultHttp2LocalFlowController(
                connection,
                DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO,
                /* autoRefillConnectionWindow= */ true));
    Http2ConnectionEncoder encoder =
        new DefaultHttp2ConnectionEncoder(
            connection,
            new DefaultHttp2FrameWriter(new FieldEncoder((name, value) -> isCredential(name))));
    Http2ConnectionDecoder decoder =
        new DefaultHttp2ConnectionDecoder(
            connection,
            encoder,
            new DefaultHttp2FrameReader(
                new DefaultHttp2HeadersDecoder(
                    /* validateHeaders= */ true,
                    /* validateHeaderValues= */ true,
                    settings.headerBytesMax())),
            Http2PromisedRequestVerifier.ALWAYS_VERIFY,
            /* autoAckSettings= */ true,
            /* autoAckPing= */ true,
            /* validateHeaders= */ true,
            /* validateRequiredPseudoHeaders= */ true);
    return new StreamsReader(
        pool,
        hello,
        decoder,
        encoder,
        new Http2Settings()
            .pushEnabled(false)
            .initialWindowSize(bounds.streamWindowBytes())
            .maxHeaderListSize(settings.headerBytesMax()));
  }

  /** Those are kept out of the table that compresses, as RFC 7541 (7.1.3) would have it. */
  private static boolean isCredential(CharSequence name) {
    return HeaderEdits.CREDENTIALS.contains(name.toString().toLowerCase(Locale.ROOT));
  }
}
