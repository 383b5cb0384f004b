package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import jakarta.mail.internet.MimeMessage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** From a top-up to the mailbox, through whole gateways. */
@ExtendWith(LeakWatch.class)
class ReceiptsSentTest {
  private static final String LIMITS = "mail: { look_millis: 100ms, settle_millis: 0 }\n";

  @Test
  void topUps_atThreeGateways_areReceiptedOnceEach() throws Exception {
    GreenMail mail = new GreenMail(new ServerSetup(0, "localhost", ServerSetup.PROTOCOL_SMTP));
    mail.start();
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(79);
        GatewayForTests one = GatewayForTests.start(provider, setup(server, mail));
        GatewayForTests two = one.another();
        GatewayForTests three = one.another()) {
      List<GatewayForTests> gateways = List.of(one, two, three);
      String key =
          one.createKey("5", "{}", "{\"name\":\"Mailed\",\"email\":\"mailed@example.com\"}");
      for (int i = 0; i < 6; i++) {
        gateways.get(i % 3).credit(key, "10." + i, "topup", "order " + i);
      }
      one.credit(key, "1", "signup_bonus", "");

      one.await(() -> mail.getReceivedMessages().length >= 7);
      one.await(() -> sent(one) + sent(two) + sent(three) == 7);

      MimeMessage[] messages = mail.getReceivedMessages();
      assertThat(Arrays.stream(messages).map(ReceiptsSentTest::subject))
          .containsExactlyInAnyOrder(
              "Top-up receipt: $5.00 – Gate & Sons",
              "Top-up receipt: $10.00 – Gate & Sons",
              "Top-up receipt: $10.10 – Gate & Sons",
              "Top-up receipt: $10.20 – Gate & Sons",
              "Top-up receipt: $10.30 – Gate & Sons",
              "Top-up receipt: $10.40 – Gate & Sons",
              "Top-up receipt: $10.50 – Gate & Sons");
    } finally {
      mail.stop();
    }
  }

  private static GatewaySetup setup(RedisServerForTests server, GreenMail mail) {
    String sections =
        """
        email: { smtp: "smtp://localhost:%d", from: "Gate & Sons <billing@gate.example>" }
        invoices: { seller: { name: Gate & Sons } }
        """
            .formatted(mail.getSmtp().getPort());
    return GatewaySetup.USUAL.redis('"' + server.uri() + '"').limits(LIMITS).sections(sections);
  }

  private static String subject(MimeMessage message) {
    try {
      return message.getSubject();
    } catch (jakarta.mail.MessagingException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  private static long sent(GatewayForTests gateway) throws java.io.IOException {
    return gateway
        .metrics()
        .lines()
        .filter(line -> line.startsWith("tollgate_receipts_total{outcome=\"sent\"}"))
        .mapToLong(line -> Math.round(Double.parseDouble(line.split(" ", 2)[1])))
        .sum();
  }
}
