package dev.tollgate.upstream;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client side of TLS, built once per set of trusted certificates and shown ones and shared by
 * all lanes, so that they share sessions to resume. BoringSSL where it is there, else the JDK.
 * Building reads files and takes a while, so it happens on a virtual thread. Files that have been
 * renewed are read again for the next connection; as long as they cannot be used, what was read
 * before is. Thread-safe.
 */
public final class TlsContexts {
  private static final Logger LOG = LoggerFactory.getLogger(TlsContexts.class);
  private static final int SESSIONS_MAX = 1024;

  /** What a provider may choose from; one that does not choose speaks HTTP/1.1. */
  private static final ApplicationProtocolConfig OFFER =
      new ApplicationProtocolConfig(
          Protocol.ALPN,
          SelectorFailureBehavior.NO_ADVERTISE,
          SelectedListenerFailureBehavior.ACCEPT,
          ApplicationProtocolNames.HTTP_2,
          ApplicationProtocolNames.HTTP_1_1);

  private final ConcurrentMap<PemFiles, Built> contexts = new ConcurrentHashMap<>();

  /**
   * By their names; empty for none.
   *
   * @param offersHttp2 whether the provider may choose it
   */
  private record PemFiles(String trusted, String certificate, String key, boolean offersHttp2) {
    /** Another when one of them has been renewed. */
    List<Long> marks() {
      return Stream.of(trusted, certificate, key)
          .map(File::new)
          .flatMap(file -> Stream.of(file.lastModified(), file.length()))
          .toList();
    }
  }

  /**
   * @param marks of the files that it was built of, or that could not be used in its place
   */
  private record Built(SslContext context, List<Long> marks) {}

  /** Nothing that the gateway could show to a provider. */
  static final class NoClientIdentityException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoClientIdentityException(String file, String problem) {
      super(file + " " + problem);
    }
  }

  /**
   * The context for a provider's connections. Fails, with {@link NoClientIdentityException} where
   * it is about what is to be shown, when a file cannot be used; the next call tries anew.
   */
  CompletableFuture<SslContext> of(ProviderSettings provider) {
    CompletableFuture<SslContext> future = new CompletableFuture<>();
    PemFiles files =
        new PemFiles(
            provider.trustCertificates(),
            provider.reach().clientCertificate(),
            provider.reach().clientKey(),
            provider.reach().http2() == Http2Use.OFFERED);
    Thread.ofVirtual().name("tollgate-tls").start(() -> complete(future, files));
    return future;
  }

  private void complete(CompletableFuture<SslContext> future, PemFiles files) {
    try {
      List<Long> marks = files.marks();
      Built built =
          contexts.compute(
              files,
              (names, old) ->
                  old != null && old.marks.equals(marks) ? old : renewed(names, old, marks));
      future.complete(built.context);
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
    }
  }

  private static Built renewed(PemFiles files, @Nullable Built old, List<Long> marks) {
    try {
      return new Built(build(files), marks);
    } catch (RuntimeException unusable) {
      if (old == null) {
        throw unusable;
      }
      LOG.warn("certificates stay in use as they were before: {}", unusable.getMessage());
      return new Built(old.context, marks);
    }
  }

  private static SslContext build(PemFiles files) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .endpointIdentificationAlgorithm("HTTPS")
            .sessionCacheSize(SESSIONS_MAX);
    if (files.offersHttp2) {
      builder.applicationProtocolConfig(OFFER);
    }
    if (!files.trusted.isEmpty()) {
      builder.trustManager(new File(files.trusted));
    }
    if (!files.certificate.isEmpty()) {
      show(builder, files);
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalStateException("no TLS with the certificates of " + files.trusted, e);
    }
  }

  private static void show(SslContextBuilder builder, PemFiles files) {
    switch (ClientIdentity.read(Path.of(files.certificate), Path.of(files.key))) {
      case ClientIdentity.Usable usable -> builder.keyManager(usable.key(), usable.chain());
      case ClientIdentity.Unusable unusable ->
          throw new NoClientIdentityException(
              unusable.isKey() ? files.key : files.certificate, unusable.problem());
    }
  }
}
