package dev.tollgate.upstream;

import dev.tollgate.domain.Blocking;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

/** Who the gateway is to a provider that wants to see its certificate: read from two PEM files. */
public sealed interface ClientIdentity {
  /**
   * @param chain its own certificate first
   */
  record Usable(PrivateKey key, List<X509Certificate> chain) implements ClientIdentity {
    @Override
    public String toString() {
      return "Usable[" + chain.getFirst().getSubjectX500Principal() + "]";
    }
  }

  /**
   * @param isKey whether the file of the key is at fault, rather than that of the certificate
   * @param problem what is wrong with it, to follow its name
   */
  record Unusable(boolean isKey, String problem) implements ClientIdentity {}

  /**
   * @param certificate a PEM file, the chain
   * @param key a PEM file, PKCS #8, not encrypted
   */
  @Blocking
  static ClientIdentity read(Path certificate, Path key) {
    List<X509Certificate> chain;
    try {
      chain = PemFiles.chain(certificate);
    } catch (IOException | CertificateException unreadable) {
      return new Unusable(false, "has no certificate in PEM that can be read");
    }
    String pem;
    try {
      pem = Files.readString(key, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      return new Unusable(true, "cannot be read");
    }
    Matcher block = PemFiles.KEY.matcher(pem);
    if (!block.find()) {
      return new Unusable(
          true,
          "has no unencrypted PKCS #8 key in PEM: `openssl pkcs8 -topk8 -nocrypt` makes one of"
              + " others");
    }
    try {
      PrivateKey read = PemFiles.key(block.group(1), chain.getFirst().getPublicKey());
      return new Usable(read, chain);
    } catch (GeneralSecurityException | IllegalArgumentException unlike) {
      return new Unusable(true, "has no key that belongs to the certificate");
    }
  }

  /** What is in the files. */
  final class PemFiles {
    private static final Pattern KEY =
        Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private PemFiles() {}

    @Blocking
    private static List<X509Certificate> chain(Path file) throws IOException, CertificateException {
      List<X509Certificate> chain = new ArrayList<>();
      CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
          .forEach(one -> chain.add((X509Certificate) one));
      if (chain.isEmpty()) {
        throw new CertificateException("there is none");
      }
      return List.copyOf(chain);
    }

    /** Proves by a signature that the two belong together. */
    private static PrivateKey key(String base64, PublicKey certified)
        throws GeneralSecurityException {
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
}
