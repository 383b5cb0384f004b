package dev.tollgate.upstream;

import dev.tollgate.domain.Blocking;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Certificates and their keys, as files in PEM hold them. */
final class PemContent {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private PemContent() {}

  /**
   * @throws CertificateException also where there is none
   */
  @Blocking
  static List<X509Certificate> chain(Path file) throws IOException, CertificateException {
    List<X509Certificate> chain = new ArrayList<>();
    CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
        .forEach(one -> chain.add((X509Certificate) one));
    if (chain.isEmpty()) {
      throw new CertificateException("there is none");
    }
    return List.copyOf(chain);
  }

  /** The first unencrypted PKCS #8 key, in base 64; null where there is none. */
  static @Nullable String keyBlock(String pem) {
    Matcher block = KEY.matcher(pem);
    return block.find() ? block.group(1) : null;
  }

  /**
   * Proves by a signature that the two belong together.
   *
   * @throws GeneralSecurityException where they do not
   * @throws IllegalArgumentException where it is no base 64
   */
  static PrivateKey key(String base64, PublicKey certified) throws GeneralSecurityException {
    byte[] encoded = Base64.getMimeDecoder().decode(base64);
    String algorithm = certified.getAlgorithm();
    PrivateKey key =
        KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    Signature signature =
        Signature.getInstance(
            switch (algorithm) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> algorithm;
            });
    signature.initSign(key);
    signature.update(encoded);
    byte[] signed = signature.sign();
    signature.initVerify(certified);
    signature.update(encoded);
    if (!signature.verify(signed)) {
      throw new GeneralSecurityException("another key's certificate");
    }
    return key;
  }
}
