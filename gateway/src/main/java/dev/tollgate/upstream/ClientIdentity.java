package dev.tollgate.upstream;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

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
      chain = PemContent.chain(certificate);
    } catch (IOException | CertificateException unreadable) {
      return new Unusable(false, "has no certificate in PEM that can be read");
    }
    String pem;
    try {
      pem = Files.readString(key, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      return new Unusable(true, "cannot be read");
    }
    String block = PemContent.keyBlock(pem);
    if (block == null) {
      return new Unusable(
          true,
          "has no unencrypted PKCS #8 key in PEM: `openssl pkcs8 -topk8 -nocrypt` makes one of"
              + " others");
    }
    try {
      PrivateKey read = PemContent.key(block, chain.getFirst().getPublicKey());
      return new Usable(read, chain);
    } catch (GeneralSecurityException | IllegalArgumentException unlike) {
      return new Unusable(true, "has no key that belongs to the certificate");
    }
  }
}
