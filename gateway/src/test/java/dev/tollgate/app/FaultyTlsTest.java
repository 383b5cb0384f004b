package dev.tollgate.app;

import static dev.tollgate.app.Fault.breaking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.upstream.ScriptedServer;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestCertificates;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a first target does wrong before, in and behind its TLS is served by the second. */
@ExtendWith(LeakWatch.class)
class FaultyTlsTest {
  private static volatile Script current = peer -> {};

  /** The beginning of a ServerHello, of a record that would be longer. */
  private static final byte[] HALF_A_HELLO = {
    0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00, 0x00, 0x76, 0x03, 0x03
  };

  /** Fatal: protocol_version. */
  private static final byte[] NO_SUCH_VERSION = {0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46};

  private static ScriptedServer server;
  private static SSLSocketFactory signed;
  private static TwoTargets targets;

  @BeforeAll
  static void start() throws Exception {
    signed = TestCertificates.showing("signed");
    server = ScriptedServer.playing(peer -> current.play(peer));
    String url =
        "base_url: \"https://localhost:%d/v1\", trust_certificates: \"%s\""
            .formatted(server.port(), TestCertificates.authority());
    targets =
        TwoTargets.start(
            103,
            Map.of(
                "first",
                url,
                "hasty",
                url + ", connect_millis_max: 150ms",
                "clear",
                "base_url: \"" + server.url() + "\""));
  }

  private static void playing(Script next) {
    current = next;
  }

  @AfterAll
  static void stop() throws Exception {
    targets.close();
    server.close();
  }

  /** A whole record, which the client's hello is. */
  private static void readHello(Peer peer) throws IOException {
    byte[] header = peer.read(5);
    peer.read(((header[3] & 0xff) << 8) | (header[4] & 0xff));
  }

  private static Script afterHello(Script then) {
    return peer -> {
      readHello(peer);
      then.play(peer);
    };
  }

  private static Script afterHandshake(Script then) {
    return peer -> {
      peer.startTls(signed);
      then.play(peer);
    };
  }

  private static Fault showing(String name, String certificate) throws Exception {
    SSLSocketFactory shown = TestCertificates.showing(certificate);
    return breaking(
        name,
        peer -> {
          peer.startTls(shown);
          peer.awaitClosed();
        });
  }

  static Stream<Fault> faults() throws Exception {
    return Stream.of(
        breaking("resets after the TLS hello", afterHello(Peer::reset)),
        breaking("closes after the TLS hello", afterHello(peer -> {})),
        breaking(
            "resets half way through the handshake",
            afterHello(
                peer -> {
                  peer.send(HALF_A_HELLO);
                  Thread.sleep(20);
                  peer.reset();
                })),
        Fault.lasting("says nothing to the TLS hello", Peer::awaitClosed),
        breaking(
            "knows another version of TLS",
            afterHello(
                peer -> {
                  peer.send(NO_SUCH_VERSION);
                  peer.awaitClosed();
                })),
        breaking(
            "answers the TLS hello in plain HTTP",
            afterHello(peer -> peer.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"))),
        breaking("speaks TLS where plain HTTP is expected", afterHandshake(Peer::awaitClosed))
            .at("clear"),
        showing("shows an expired certificate", "expired"),
        showing("shows the certificate of another host", "elsewhere"),
        showing("shows a certificate of an unknown authority", "untrusted"),
        showing("shows a self-signed certificate", "localhost"),
        breaking("resets after the handshake", afterHandshake(Peer::reset)),
        breaking("ends TLS after the handshake", afterHandshake(Peer::finish)),
        breaking(
            "ends TLS before the headers",
            afterHandshake(
                peer -> {
                  peer.readRequest();
                  peer.finish();
                })),
        breaking(
            "sends what is no TLS record before the headers",
            afterHandshake(
                peer -> {
                  peer.readRequest();
                  peer.sendPlain("HTTP/1.1 200 OK\r\n\r\n");
                  peer.awaitClosed();
                })),
        breaking(
                "cuts TLS where a body without framing would end",
                afterHandshake(
                    peer -> {
                      Asking asking = Asking.of(peer.readRequest());
                      peer.send(asking.head("connection: close") + asking.answer());
                      Thread.sleep(20);
                      peer.cut();
                    }))
            .toWholeAnswers());
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_ofTls_isServedByTheSecond(Fault fault) throws Exception {
    playing(fault.script());

    targets.assertServedBySecond(fault);
  }

  @Test
  void soundCertificate_isServedByTheFirst() throws Exception {
    playing(
        afterHandshake(
            peer -> {
              Asking asking = Asking.of(peer.readRequest());
              peer.send(asking.sizedHead() + asking.answer());
            }));

    RawAnswer answer = targets.ask(targets.createKey(), Asking.OPENAI_WHOLE, "first");

    assertThat(answer.text()).isEqualTo(Asking.OPENAI_WHOLE.answer());
  }
}
