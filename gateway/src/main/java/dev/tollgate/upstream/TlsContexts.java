package dev.tollgate.upstream;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.SSLException;

/**
 * The client side of TLS, built once per set of trusted certificates and shared by all lanes, so
 * that they share sessions to resume. BoringSSL where it is there, else the JDK. Building reads
 * files and takes a while, so it happens on a virtual thread. Thread-safe.
 */
public final class TlsContexts {
  private static final int SESSIONS_MAX = 1024;

  private final ConcurrentMap<String, Built> contexts = new ConcurrentHashMap<>();

  /**
   * @param modifiedMillis of the file, so that a rotated one is read again
   */
  private record Built(SslContext context, long modifiedMillis) {}

  /**
   * The context that trusts the certificates of a PEM file, or the JDK's for an empty name. Fails
   * when the file cannot be read or holds no certificates; the next call tries anew.
   */
  CompletableFuture<SslContext> trusting(String certificates) {
    CompletableFuture<SslContext> future = new CompletableFuture<>();
    Thread.ofVirtual().name("tollgate-tls").start(() -> complete(future, certificates));
    return future;
  }

  private void complete(CompletableFuture<SslContext> future, String certificates) {
    try {
      long modifiedMillis = certificates.isEmpty() ? 0 : new File(certificates).lastModified();
      Built built =
          contexts.compute(
              certificates,
              (name, old) ->
                  old != null && old.modifiedMillis == modifiedMillis
                      ? old
                      : new Built(build(name), modifiedMillis));
      future.complete(built.context);
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
    }
  }

  private static SslContext build(String certificates) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .endpointIdentificationAlgorithm("HTTPS")
            .sessionCacheSize(SESSIONS_MAX);
    if (!certificates.isEmpty()) {
      builder.trustManager(new File(certificates));
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalStateException("no TLS with the certificates of " + certificates, e);
    }
  }
}
