package dev.tollgate.billing.mail;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.billing.mail.MailServer.StartTls;
import dev.tollgate.billing.mail.ScriptedMailServer.Point;
import dev.tollgate.billing.mail.ScriptedMailServer.Turn;
import dev.tollgate.testing.TestCertificate;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What receipts say, and what becomes of them at mail servers that do not behave. */
class SqliteReceiptTest extends ReceiptContract {
  @TempDir private Path directory;

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.Embedded(directory);
  }

  @Test
  void receipt_ofATopUpWithABonus_saysBoth_inTextAndHtml() throws Exception {
    GreenMail mail = greenMail();
    try {
      topUp("c1");
      store("c1-bonus", "bonus", 2_500_000_000L, 52_500_000_000L, "cs_c1");
      store("c2", "bonus", USD, 53_500_000_000L, "other");
      store("c3", "refund", USD, 54_500_000_000L, "");
      ReceiptSender sender = sender(at(mail.getSmtp().getPort()));
      assertThat(sender.look()).as("the bonus may yet come").isZero();
      pass(LIMITS.settleMillis());
      assertThat(sender.look()).isEqualTo(1);
      assertThat(sender.look()).isZero();

      MimeMessage message = only(mail);
      assertThat(message.getSubject()).isEqualTo("Top-up receipt: $50.00 – Tollgate, Inc.");
      assertThat(message.getAllRecipients())
          .extracting(Object::toString)
          .containsExactly("buyer@example.com");
      assertThat(message.getFrom()[0].toString()).contains("billing@tollgate.example");
      assertThat(message.getReplyTo())
          .extracting(Object::toString)
          .containsExactly("support@tollgate.example");
      assertThat(message.getMessageID()).matches("<receipt\\.[0-9a-f]{40}@tollgate\\.example>");
      assertThat(message.getContentType()).startsWith("multipart/alternative");
      MimeMultipart parts = (MimeMultipart) message.getContent();
      assertThat(parts.getCount()).isEqualTo(2);
      String text = (String) parts.getBodyPart(0).getContent();
      String html = (String) parts.getBodyPart(1).getContent();
      assertThat(parts.getBodyPart(0).getContentType()).isEqualTo("text/plain; charset=UTF-8");
      assertThat(parts.getBodyPart(1).getContentType()).isEqualTo("text/html; charset=UTF-8");
      assertThat(text.replace("\r", ""))
          .isEqualTo(
              """
              Tollgate, Inc.
              Top-up receipt

              Thank you. Your payment has been added to your balance.

              Top-up:         $50.00
              Bonus:          $2.50
              Balance after:  $52.50
              Date:           26 November 2026, 12:00 UTC
              Reference:      cs_c1
              Account:        Ünïversal <Exports> & Co.
              Receipt:        %s

              This is a receipt, not an invoice: what was used is on the invoice of the month.
              """
                  .formatted(new Receipt("c1:credit", "", "", 0, 0, "", 0, 0, 0).number()));
      assertThat(html)
          .contains("$50.00", "$2.50", "$52.50", "Ünïversal &lt;Exports&gt; &amp; Co.")
          .doesNotContain("<Exports>", "#rows", "#amount");
      assertThat(states()).isEqualTo(Map.of("c1", "sent"));
    } finally {
      mail.stop();
    }
  }

  @Test
  void receipt_ofAPlanPayment_saysWhatItCost_andAFeeGivenBackHasNone() throws Exception {
    GreenMail mail = greenMail();
    try {
      store("fee", "plan_fee", -29 * USD, 21_000_000_001L, "Developer plan");
      store("back", "plan_fee", 3 * USD, 24_000_000_001L, "");
      pass(LIMITS.settleMillis());
      assertThat(sender(at(mail.getSmtp().getPort())).look()).isEqualTo(1);

      MimeMessage message = only(mail);
      assertThat(message.getSubject()).startsWith("Plan payment receipt: $29.00");
      assertThat(((MimeMultipart) message.getContent()).getBodyPart(0).getContent().toString())
          .contains("Plan fee:       $29.00", "Balance after:  $21.000000001", "Developer plan");
    } finally {
      mail.stop();
    }
  }

  @Test
  void receipt_throughStartTls_isSentToWhomItTrusts_andToNobodyElse() throws Exception {
    TestCertificate certificate = TestCertificate.in(directory);
    String trusted = certificate.certificatePem().toString();
    try (ScriptedMailServer plain = ScriptedMailServer.start(connection -> Turn.GOOD);
        ScriptedMailServer secured = ScriptedMailServer.startTls(certificate.forServer())) {
      topUp("tls");
      pass(LIMITS.settleMillis());
      assertThat(sender(at(plain.port(), StartTls.REQUIRED, trusted)).look())
          .as("none is offered")
          .isZero();
      pass(60 * MINUTE);
      assertThat(sender(at(secured.port(), StartTls.OFFERED, "")).look())
          .as("signed by somebody else")
          .isZero();
      assertThat(plain.whole()).isEmpty();
      assertThat(secured.whole()).isEmpty();
      assertThat(states()).isEqualTo(Map.of("tls", "queued"));
      pass(60 * MINUTE);
      assertThat(sender(at(secured.port(), StartTls.REQUIRED, trusted)).look()).isEqualTo(1);
      assertThat(secured.whole()).hasSize(1);
      assertThat(secured.encrypted()).isEqualTo(1);
    }
  }

  @Test
  void server_thatWantsALogin_getsIt() throws Exception {
    GreenMail mail = greenMail();
    mail.setUser("billing@tollgate.example", "user", "päss wörd");
    try {
      topUp("login");
      pass(LIMITS.settleMillis());
      int port = mail.getSmtp().getPort();
      assertThat(sender(loggingIn(port, "wrong")).look()).isZero();
      assertThat(states()).isEqualTo(Map.of("login", "queued"));
      pass(LIMITS.retryMillis());
      assertThat(sender(loggingIn(port, "päss wörd")).look()).isEqualTo(1);
    } finally {
      mail.stop();
    }
  }

  private static MailServer loggingIn(int port, String password) {
    return new MailServer(
        "localhost",
        port,
        false,
        MailServer.StartTls.NEVER,
        "user",
        password,
        "",
        "billing@tollgate.example",
        "");
  }

  // ---- servers that do not behave

  /** How each ends, and how often the server is asked. */
  @ParameterizedTest
  @CsvSource({
    "GREETING, 554 no,     queued",
    "GREETING, drop,       queued",
    "GREETING, hang,       queued",
    "MAIL,     550 no,     queued",
    "MAIL,     451 later,  queued",
    "RCPT,     550 nobody, refused",
    "RCPT,     552 full,   refused",
    "RCPT,     450 later,  queued",
    "RCPT,     drop,       queued",
    "DATA,     554 no,     refused",
    "DATA,     451 later,  queued",
    "DATA,     hang,       queued",
    "BODY,     hang,       unconfirmed",
    "DOT,      554 spam,   refused",
    "DOT,      451 later,  queued",
    "DOT,      hang,       unconfirmed",
    "DOT,      drop,       unconfirmed",
  })
  void server_thatDoesNotBehave_neverGetsAMailTwice(Point point, String answer, String state)
      throws Exception {
    try (ScriptedMailServer server =
        ScriptedMailServer.start(
            connection -> connection == 0 ? new Turn(point, answer) : Turn.GOOD)) {
      topUp("c1");
      pass(LIMITS.settleMillis());
      ReceiptSender sender = sender(at(server.port()));

      assertThat(sender.look()).isZero();

      assertThat(states()).isEqualTo(Map.of("c1", state));
      assertThat(sender.look()).as("at once").isZero();
      assertThat(server.connections()).isEqualTo(1);
      pass(LIMITS.retryMillis());
      boolean isRetried = state.equals("queued");
      assertThat(sender.look()).isEqualTo(isRetried ? 1 : 0);
      assertThat(states()).isEqualTo(Map.of("c1", isRetried ? "sent" : state));
      pass(10 * LIMITS.leaseMillis());
      assertThat(sender.look()).isZero();
      assertThat(server.connections()).isEqualTo(isRetried ? 2 : 1);
      long said = point == Point.DOT && answer.startsWith("451") ? 2 : 1;
      boolean isWhole = isRetried || point == Point.DOT;
      assertThat(server.whole()).hasSize(isWhole ? (int) said : 0);
    }
  }

  @Test
  void server_thatNeverTakesIt_isGivenUp() throws Exception {
    try (ScriptedMailServer server =
        ScriptedMailServer.start(connection -> new Turn(Point.RCPT, "450 later"))) {
      topUp("c1");
      pass(LIMITS.settleMillis());
      ReceiptSender sender = sender(at(server.port()));
      for (int i = 0; i < 10; i++) {
        assertThat(sender.look()).isZero();
        pass(60 * MINUTE);
      }

      assertThat(server.connections()).isEqualTo(LIMITS.triesMax());
      assertThat(states()).isEqualTo(Map.of("c1", "failed"));
      assertThat(sender.ended())
          .hasEntrySatisfying("failed", count -> assertThat(count.sum()).isEqualTo(1));
    }
  }

  @Test
  void mail_ofASlowGateway_doesNotLeaveOnceAnotherHasIt() throws Exception {
    GreenMail mail = greenMail();
    try {
      topUp("c1");
      pass(LIMITS.settleMillis());
      ReceiptQueue slow = new ReceiptQueue(archive.records(), LIMITS);
      Receipt receipt = slow.claim("slow", now.get()).getFirst();
      Post post = new Post(at(mail.getSmtp().getPort()), LIMITS);
      Post.Letter letter = new Post.Letter(post.session(), "slow@tollgate.example");
      letter.setFrom(Post.address("billing@tollgate.example"));
      letter.setText("slow");
      letter.saveChanges();
      pass(LIMITS.leaseMillis());
      assertThat(sender(at(mail.getSmtp().getPort())).look()).isEqualTo(1);

      Post.Outcome outcome =
          post.send(
              letter,
              java.util.Objects.requireNonNull(Post.address("buyer@example.com")),
              () -> slow.beginSending(receipt, "slow", now.get()));

      assertThat(outcome).isInstanceOf(Post.Outcome.NotSent.class);
      assertThat(only(mail).getMessageID()).startsWith("<receipt.");
    } finally {
      mail.stop();
    }
  }

  // ---- receipts that cannot be sent

  @Test
  void receipt_withoutAnAddress_isNotSent_norOneThatIsTooOld() throws Exception {
    GreenMail mail = greenMail();
    try {
      topUp("old");
      pass(LIMITS.receiptMillisMax() + 1);
      topUp("fresh");
      pass(LIMITS.settleMillis());
      for (String nonsense : List.of("", "nobody", "a@b.example, c@d.example")) {
        name("Buyer", nonsense);
        store("to " + nonsense, "topup", USD, USD, "");
        pass(LIMITS.settleMillis());
        assertThat(sender(at(mail.getSmtp().getPort())).look()).isZero();
      }

      assertThat(states())
          .containsEntry("old", "expired")
          .containsEntry("fresh", "no_address")
          .containsEntry("to nobody", "no_address")
          .containsEntry("to a@b.example, c@d.example", "no_address");
      assertThat(mail.getReceivedMessages()).isEmpty();
    } finally {
      mail.stop();
    }
  }

  @Test
  void names_thatLookLikeHeaders_stayWhatTheyAre() throws Exception {
    GreenMail mail = greenMail();
    try {
      name("Eve\r\nBcc: all@example.com", "buyer@example.com");
      store("c1", "topup", 1, 1, "<script>#amount</script>\r\n.\r\nMAIL FROM:<x@y.example>");
      pass(LIMITS.settleMillis());
      assertThat(sender(at(mail.getSmtp().getPort())).look()).isEqualTo(1);

      MimeMessage message = only(mail);
      assertThat(message.getHeader("Bcc")).isNull();
      assertThat(message.getSubject()).contains("$0.000000001");
      MimeMultipart parts = (MimeMultipart) message.getContent();
      assertThat(parts.getBodyPart(0).getContent().toString())
          .contains(
              "Eve Bcc: all@example.com", "<script>#amount</script> . MAIL FROM:<x@y.example>");
      assertThat(parts.getBodyPart(1).getContent().toString())
          .contains("&lt;script&gt;#amount&lt;/script&gt;")
          .doesNotContain("<script>");
    } finally {
      mail.stop();
    }
  }
}
