package dev.tollgate.http;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.util.List;

/** TLS 1.2 and 1.3, by BoringSSL where it is there. ALPN tells what is spoken in it. */
final class ServerTls {
  private ServerTls() {}

  /**
   * Reads the certificate and the key.
   *
   * @param http2 whether clients that speak HTTP/2 get it
   * @throws IOException naming the files, when they cannot be read or do not fit
   */
  static SslContext context(HttpServerSettings.Tls tls, boolean http2) throws IOException {
    try {
      return SslContextBuilder.forServer(tls.certificate().toFile(), tls.privateKey().toFile())
          .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
          .protocols("TLSv1.3", "TLSv1.2")
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  ApplicationProtocolConfig.Protocol.ALPN,
                  ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                  ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                  http2
                      ? List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1)
                      : List.of(ApplicationProtocolNames.HTTP_1_1)))
          .build();
    } catch (IOException | IllegalArgumentException unreadable) {
      throw new IOException(
          "cannot use the certificate "
              + tls.certificate()
              + " with the private key "
              + tls.privateKey()
              + ": "
              + unreadable.getMessage(),
          unreadable);
    }
  }
}
