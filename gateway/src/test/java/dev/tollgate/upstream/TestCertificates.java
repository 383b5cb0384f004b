package dev.tollgate.upstream;

import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * A self-signed certificate for {@code localhost} with its key, one that signed nothing, and some
 * of the same key that are signed by {@code authority.pem}, or by nobody whom anybody knows.
 */
public final class TestCertificates {
  private TestCertificates() {}

  static String localhost() {
    return file("localhost.pem");
  }

  static String stranger() {
    return file("stranger.pem");
  }

  static String localhostKey() {
    return file("localhost.key.pem");
  }

  /** Who has signed {@code signed}, {@code expired} and {@code elsewhere}. */
  public static String authority() {
    return file("authority.pem");
  }

  /**
   * For a server that shows one of these: {@code signed} as it should be, {@code expired}, {@code
   * elsewhere} for another host, {@code untrusted} by a stranger, {@code localhost} by itself.
   */
  public static SSLSocketFactory showing(String name) throws Exception {
    return sockets(List.of(), certificate(name + ".pem"));
  }

  static SSLSocketFactory sockets() throws Exception {
    return sockets(List.of());
  }

  /**
   * @param trusted whose certificates are asked for; nobody's where there are none
   */
  static SSLSocketFactory sockets(List<X509Certificate> trusted) throws Exception {
    return sockets(trusted, certificate());
  }

  private static SSLSocketFactory sockets(List<X509Certificate> trusted, X509Certificate shown)
      throws Exception {
    KeyStore clients = KeyStore.getInstance("PKCS12");
    clients.load(null, null);
    for (X509Certificate one : trusted) {
      clients.setCertificateEntry(one.getSerialNumber().toString(), one);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(clients);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry("localhost", privateKey(), new char[0], new Certificate[] {shown});
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        managers.getKeyManagers(), trusted.isEmpty() ? null : trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  static X509Certificate certificate() throws Exception {
    return certificate("localhost.pem");
  }

  private static X509Certificate certificate(String name) throws Exception {
    try (InputStream pem = open(name)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
    }
  }

  private static PrivateKey privateKey() throws Exception {
    try (InputStream pem = open("localhost.key.pem")) {
      String text = new String(pem.readAllBytes(), StandardCharsets.US_ASCII);
      String base64 = text.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
      PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
      return KeyFactory.getInstance("RSA").generatePrivate(encoded);
    }
  }

  private static InputStream open(String name) {
    return Objects.requireNonNull(TestCertificates.class.getResourceAsStream(name), name);
  }

  private static String file(String name) {
    try {
      return Path.of(Objects.requireNonNull(TestCertificates.class.getResource(name), name).toURI())
          .toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
