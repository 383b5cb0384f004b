package dev.tollgate.http;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens and what a client may cost it. {@link #builder()} has the defaults.
 *
 * @param port 0 takes any free one
 * @param tls null for plain HTTP
 * @param headBytesMax all header lines of one request together
 * @param headersMax how many header lines one request may have
 * @param connectionsMax open at the same time; more are closed as they come
 * @param idleMillisMax between two requests
 * @param headMillisMax from the first byte of a head to its last
 * @param bodyIdleMillisMax between two pieces of a request body
 * @param pipelinedBytesMax read ahead while a request is being answered; then reading stops
 * @param lowWatermarkBytes unsent bytes of a connection below which it is writable again
 * @param highWatermarkBytes unsent bytes of a connection above which it is not writable
 * @param writeStallMillisMax how long a client may take none of the bytes that wait for it
 * @param discardBytesMax what is still read of a request after its answer has ended
 * @param discardMillisMax for how long it is read
 * @param handshakeMillisMax for TLS, and for the preface of HTTP/2
 * @param drainMillisMax how long a stop waits for answers that have begun
 * @param backlog connections that the kernel holds before they are accepted
 * @param http2 what else a client may cost over HTTP/2
 */
public record HttpServerSettings(
    String host,
    int port,
    @Nullable Tls tls,
    int headBytesMax,
    int requestLineBytesMax,
    int headersMax,
    int connectionsMax,
    long idleMillisMax,
    long headMillisMax,
    long bodyIdleMillisMax,
    int pipelinedBytesMax,
    int lowWatermarkBytes,
    int highWatermarkBytes,
    long writeStallMillisMax,
    long discardBytesMax,
    long discardMillisMax,
    long handshakeMillisMax,
    long drainMillisMax,
    int backlog,
    Http2Bounds http2) {

  /** A PEM certificate chain and its unencrypted PKCS #8 private key. */
  public record Tls(Path certificate, Path privateKey) {}

  /**
   * @throws IllegalArgumentException for a bound that is not positive or watermarks that cross
   */
  public HttpServerSettings {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port out of range: " + port);
    }
    positive("headBytesMax", headBytesMax);
    positive("requestLineBytesMax", requestLineBytesMax);
    positive("headersMax", headersMax);
    positive("connectionsMax", connectionsMax);
    positive("idleMillisMax", idleMillisMax);
    positive("headMillisMax", headMillisMax);
    positive("bodyIdleMillisMax", bodyIdleMillisMax);
    positive("pipelinedBytesMax", pipelinedBytesMax);
    positive("lowWatermarkBytes", lowWatermarkBytes);
    positive("writeStallMillisMax", writeStallMillisMax);
    positive("discardBytesMax", discardBytesMax);
    positive("discardMillisMax", discardMillisMax);
    positive("handshakeMillisMax", handshakeMillisMax);
    positive("drainMillisMax", drainMillisMax);
    positive("backlog", backlog);
    if (highWatermarkBytes < lowWatermarkBytes) {
      throw new IllegalArgumentException("highWatermarkBytes is below lowWatermarkBytes");
    }
  }

  /** The same bounds on another port. */
  public HttpServerSettings at(String otherHost, int otherPort, @Nullable Tls otherTls) {
    return new HttpServerSettings(
        otherHost,
        otherPort,
        otherTls,
        headBytesMax,
        requestLineBytesMax,
        headersMax,
        connectionsMax,
        idleMillisMax,
        headMillisMax,
        bodyIdleMillisMax,
        pipelinedBytesMax,
        lowWatermarkBytes,
        highWatermarkBytes,
        writeStallMillisMax,
        discardBytesMax,
        discardMillisMax,
        handshakeMillisMax,
        drainMillisMax,
        backlog,
        http2);
  }

  private static void positive(String name, long bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException(name + " must be positive: " + bound);
    }
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Starts from the defaults. */
  public static final class Builder {
    private String host = "0.0.0.0";
    private int port = 8080;
    private @Nullable Tls tls;
    private int headBytesMax = 32 * 1024;
    private int requestLineBytesMax = 8 * 1024;
    private int headersMax = 100;
    private int connectionsMax = 10_000;
    private long idleMillisMax = 75_000;
    private long headMillisMax = 10_000;
    private long bodyIdleMillisMax = 30_000;
    private int pipelinedBytesMax = 64 * 1024;
    private int lowWatermarkBytes = 64 * 1024;
    private int highWatermarkBytes = 256 * 1024;
    private long writeStallMillisMax = 60_000;
    private long discardBytesMax = 1024 * 1024;
    private long discardMillisMax = 2_000;
    private long handshakeMillisMax = 10_000;
    private long drainMillisMax = 30_000;
    private int backlog = 1024;
    private Http2Bounds http2 = Http2Bounds.DEFAULT;

    private Builder() {}

    public Builder host(String host) {
      this.host = host;
      return this;
    }

    public Builder port(int port) {
      this.port = port;
      return this;
    }

    public Builder tls(@Nullable Tls tls) {
      this.tls = tls;
      return this;
    }

    public Builder headBytesMax(int headBytesMax) {
      this.headBytesMax = headBytesMax;
      return this;
    }

    public Builder requestLineBytesMax(int requestLineBytesMax) {
      this.requestLineBytesMax = requestLineBytesMax;
      return this;
    }

    public Builder headersMax(int headersMax) {
      this.headersMax = headersMax;
      return this;
    }

    public Builder connectionsMax(int connectionsMax) {
      this.connectionsMax = connectionsMax;
      return this;
    }

    public Builder idleMillisMax(long idleMillisMax) {
      this.idleMillisMax = idleMillisMax;
      return this;
    }

    public Builder headMillisMax(long headMillisMax) {
      this.headMillisMax = headMillisMax;
      return this;
    }

    public Builder bodyIdleMillisMax(long bodyIdleMillisMax) {
      this.bodyIdleMillisMax = bodyIdleMillisMax;
      return this;
    }

    public Builder pipelinedBytesMax(int pipelinedBytesMax) {
      this.pipelinedBytesMax = pipelinedBytesMax;
      return this;
    }

    public Builder lowWatermarkBytes(int lowWatermarkBytes) {
      this.lowWatermarkBytes = lowWatermarkBytes;
      return this;
    }

    public Builder highWatermarkBytes(int highWatermarkBytes) {
      this.highWatermarkBytes = highWatermarkBytes;
      return this;
    }

    public Builder writeStallMillisMax(long writeStallMillisMax) {
      this.writeStallMillisMax = writeStallMillisMax;
      return this;
    }

    public Builder discardBytesMax(long discardBytesMax) {
      this.discardBytesMax = discardBytesMax;
      return this;
    }

    public Builder discardMillisMax(long discardMillisMax) {
      this.discardMillisMax = discardMillisMax;
      return this;
    }

    public Builder handshakeMillisMax(long handshakeMillisMax) {
      this.handshakeMillisMax = handshakeMillisMax;
      return this;
    }

    public Builder drainMillisMax(long drainMillisMax) {
      this.drainMillisMax = drainMillisMax;
      return this;
    }

    public Builder backlog(int backlog) {
      this.backlog = backlog;
      return this;
    }

    public Builder http2(Http2Bounds http2) {
      this.http2 = http2;
      return this;
    }

    public HttpServerSettings build() {
      return new HttpServerSettings(
          host,
          port,
          tls,
          headBytesMax,
          requestLineBytesMax,
          headersMax,
          connectionsMax,
          idleMillisMax,
          headMillisMax,
          bodyIdleMillisMax,
          pipelinedBytesMax,
          lowWatermarkBytes,
          highWatermarkBytes,
          writeStallMillisMax,
          discardBytesMax,
          discardMillisMax,
          handshakeMillisMax,
          drainMillisMax,
          backlog,
          http2);
    }
  }
}
