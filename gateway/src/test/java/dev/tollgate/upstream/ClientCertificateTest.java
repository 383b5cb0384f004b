package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.provider;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.LogWatch;
import dev.tollgate.testing.TestCertificate;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A provider that serves only those who show a certificate that it knows. */
@ExtendWith(LeakWatch.class)
final class ClientCertificateTest {
  @TempDir private Path directory;
  private Path certificate;
  private Path key;
  private final Queue<Certificate> shown = new ConcurrentLinkedQueue<>();

  /** One answer to a connection, so that the next call shows its certificate anew. */
  private final Script noting =
      peer -> {
        peer.readRequest();
        shown.add(peer.clientCertificate());
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        peer.awaitClosed();
      };

  @BeforeEach
  void copyFiles() throws Exception {
    certificate = directory.resolve("client.pem");
    key = directory.resolve("client.key.pem");
    Files.copy(Path.of(TestCertificates.localhost()), certificate);
    Files.copy(Path.of(TestCertificates.localhostKey()), key);
  }

  private ProviderSettings showing(ScriptedServer server, Path certificate, Path key) {
    return provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost())
        .with(new Reach(Map.of(), HeaderEdits.NONE, certificate.toString(), key.toString(), null));
  }

  private static ScriptedServer serverTrusting(Script script, X509Certificate... trusted)
      throws Exception {
    return ScriptedServer.demandingCertificates(TestCertificates.sockets(List.of(trusted)), script);
  }

  private static void answered(TestLane lane, ProviderSettings provider) throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(provider, "hello", listener);
    assertThat(listener.awaitEnd().body()).isEqualTo("ok");
    TestLane.await(() -> lane.upstream.openConnections() == 0);
  }

  private static UpstreamFailure refused(TestLane lane, ProviderSettings provider)
      throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(provider, "hello", listener);
    return listener.awaitFailure();
  }

  @Test
  void aCertificate_isShown_andARenewedOneToTheNextConnection() throws Exception {
    TestCertificate renewed = TestCertificate.in(Files.createDirectory(directory.resolve("new")));
    X509Certificate after = (X509Certificate) renewed.keyStore().getCertificate("server");
    try (TestLane lane = new TestLane(LoopKind.NIO);
        LogWatch log = LogWatch.of(TlsContexts.class);
        ScriptedServer server = serverTrusting(noting, TestCertificates.certificate(), after)) {
      ProviderSettings provider = showing(server, certificate, key);
      answered(lane, provider);

      Files.copy(renewed.certificatePem(), certificate, StandardCopyOption.REPLACE_EXISTING);
      answered(lane, provider);
      answered(lane, provider);
      assertThat(log.messages())
          .containsExactly(
              "certificates stay in use as they were before: "
                  + key
                  + " has no key that belongs to the certificate");

      Files.copy(renewed.privateKeyPem(), key, StandardCopyOption.REPLACE_EXISTING);
      answered(lane, provider);
      Certificate before = TestCertificates.certificate();
      assertThat(shown).containsExactly(before, before, before, after);
    }
  }

  @Test
  void aProvider_thatKnowsAnotherCertificate_refuses() throws Exception {
    TestCertificate other = TestCertificate.in(Files.createDirectory(directory.resolve("other")));
    try (TestLane lane = new TestLane(LoopKind.NIO);
        ScriptedServer server = serverTrusting(noting, TestCertificates.certificate())) {
      UpstreamFailure failure =
          refused(lane, showing(server, other.certificatePem(), other.privateKeyPem()));
      assertThat(failure.reason()).startsWith("acme ").containsIgnoringCase("TLS");
      assertThat(shown).isEmpty();
    }
  }

  @Test
  void aProvider_thatIsShownNone_refuses() throws Exception {
    try (TestLane lane = new TestLane(LoopKind.NIO);
        ScriptedServer server = serverTrusting(noting, TestCertificates.certificate())) {
      UpstreamFailure failure =
          refused(lane, provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost()));
      assertThat(failure.reason()).startsWith("acme ").containsIgnoringCase("TLS");
    }
  }

  @Test
  void files_thatCannotBeUsed_failTheCall_andAreTriedAnew() throws Exception {
    try (TestLane lane = new TestLane(LoopKind.NIO);
        ScriptedServer server = serverTrusting(noting, TestCertificates.certificate())) {
      Path later = directory.resolve("later.pem");
      ProviderSettings provider = showing(server, later, key);
      UpstreamFailure failure = refused(lane, provider);
      assertThat(failure.stage()).isEqualTo(UpstreamFailure.Stage.CONNECTING);
      assertThat(failure.reason()).isEqualTo("acme has no usable client certificate");

      Files.copy(certificate, later);
      answered(lane, provider);
    }
  }

  @Test
  void identities_thatAreNone_sayWhichFileIsWrong() throws Exception {
    TestCertificate other = TestCertificate.in(Files.createDirectory(directory.resolve("other")));
    Path encrypted = directory.resolve("encrypted.pem");
    Files.writeString(
        encrypted, Files.readString(key).replace(" PRIVATE KEY", " ENCRYPTED PRIVATE KEY"));

    assertThat(ClientIdentity.read(certificate, key)).isInstanceOf(ClientIdentity.Usable.class);
    assertThat(ClientIdentity.read(key, key))
        .isEqualTo(
            new ClientIdentity.Unusable(false, "has no certificate in PEM that can be read"));
    for (Path wrong : List.of(other.privateKeyPem(), other.certificatePem(), encrypted)) {
      assertThat(ClientIdentity.read(certificate, wrong))
          .isInstanceOfSatisfying(
              ClientIdentity.Unusable.class, unusable -> assertThat(unusable.isKey()).isTrue());
    }
    assertThat(ClientIdentity.read(certificate, key).toString()).doesNotContain("BEGIN");
  }
}
