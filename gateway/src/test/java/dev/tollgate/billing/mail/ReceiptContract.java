package dev.tollgate.billing.mail;

import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveEvent;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.Records;
import dev.tollgate.billing.Sql;
import dev.tollgate.billing.mail.MailServer.StartTls;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Ids;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.RedisForTests;
import jakarta.mail.internet.MimeMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Receipts of archived payments, sent to real and to scripted mail servers. */
abstract class ReceiptContract {
  static final long USD = 1_000_000_000L;
  static final long MINUTE = 60_000;
  private static final long START = Instant.parse("2026-11-26T12:00:00Z").toEpochMilli();
  static final MailLimits LIMITS =
      new MailLimits(5_000, 15_000, 5_000, 700, 30 * MINUTE, MINUTE, 60 * MINUTE, 4, 86_400_000, 3);

  private static RedisForTests redis;

  final AtomicLong now = new AtomicLong(START);
  private final AtomicInteger positions = new AtomicInteger();
  private final Ids ids = new Ids(new Random(7));
  Archive archive;
  private AccountId account;

  abstract ArchiveSettings.Where where();

  @BeforeAll
  static void openRedis() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void closeRedis() {
    redis.close();
  }

  @BeforeEach
  void open() {
    archive = Archive.open(ArchiveSettings.of(where()));
    account = redis.account(0);
    name("Ünïversal <Exports> & Co.", "buyer@example.com");
  }

  @AfterEach
  void close() {
    archive.close();
  }

  void name(String name, String email) {
    assertThat(
            await(
                redis.accounts().update(account, new AccountPatch(name, email, null, null, null))))
        .isPresent();
  }

  /** An entry as the drain stores it. */
  void store(String id, String kind, long amount, long after, String reference) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("id", id + ":credit");
    fields.put("act", "credit");
    fields.put("kind", kind);
    fields.put("account", account.value());
    fields.put("at", Long.toString(now.get()));
    fields.put("amount", Long.toString(amount));
    fields.put("balance_after", Long.toString(after));
    fields.put("reference", reference);
    ArchiveEvent event = new ArchiveEvent(7, positions.incrementAndGet(), fields);
    assertThat(archive.store().store(7, List.of(event, event))).isEqualTo(1);
  }

  void topUp(String id) {
    store(id, "topup", 50 * USD, 50 * USD, "cs_" + id);
  }

  MailServer at(int port) {
    return at(port, StartTls.OFFERED, "");
  }

  static MailServer at(int port, StartTls startTls, String trusted) {
    return new MailServer(
        "localhost",
        port,
        false,
        startTls,
        null,
        "",
        trusted,
        "Tollgate Bïlling <billing@tollgate.example>",
        "support@tollgate.example");
  }

  ReceiptSender sender(MailServer server) {
    return new ReceiptSender(
        archive.records(),
        redis.accounts(),
        server,
        LIMITS,
        () -> "Tollgate, Inc.",
        () -> Instant.ofEpochMilli(now.get()),
        () -> {
          synchronized (ids) {
            return ids.nextRequestId().value();
          }
        });
  }

  void pass(long millis) {
    now.addAndGet(millis);
  }

  /** The states of all receipts, by the id of the credit. */
  Map<String, String> states() {
    Records records = archive.records();
    Map<String, String> states = new java.util.TreeMap<>();
    records.read(
        connection ->
            Sql.of("select id, state from receipts")
                .all(
                    connection,
                    row -> states.put(row.getString(1).replace(":credit", ""), row.getString(2))));
    return states;
  }

  static GreenMail greenMail() {
    GreenMail mail = new GreenMail(new ServerSetup(0, "localhost", ServerSetup.PROTOCOL_SMTP));
    mail.start();
    return mail;
  }

  static MimeMessage only(GreenMail mail) {
    assertThat(mail.getReceivedMessages()).hasSize(1);
    return mail.getReceivedMessages()[0];
  }

  // ---- gateways that race and die

  @Test
  void receipts_withThreeGatewaysRacing_areSentOnceEach() throws Exception {
    GreenMail mail = greenMail();
    try (ExecutorService gateways = Executors.newFixedThreadPool(3)) {
      for (int i = 0; i < 20; i++) {
        topUp("r" + i);
      }
      pass(LIMITS.settleMillis());
      List<Callable<Integer>> looks = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        looks.add(sender(at(mail.getSmtp().getPort()))::look);
      }
      int sent = 0;
      for (Future<Integer> look : gateways.invokeAll(looks)) {
        sent += look.get();
      }

      assertThat(sent).isEqualTo(20);
      List<String> names = new ArrayList<>();
      for (MimeMessage message : mail.getReceivedMessages()) {
        names.add(message.getMessageID());
      }
      assertThat(names).hasSize(20).doesNotHaveDuplicates();
      assertThat(states().values()).containsOnly("sent");
    } finally {
      mail.stop();
    }
  }

  @Test
  void claim_ofAGatewayThatIsGone_isTakenByAnother_unlessItMayHaveSent() throws Exception {
    GreenMail mail = greenMail();
    try {
      topUp("claimed");
      topUp("sending");
      pass(LIMITS.settleMillis());
      ReceiptQueue gone = new ReceiptQueue(archive.records(), LIMITS);
      List<Receipt> claimed = gone.claim("gone", now.get());
      assertThat(claimed).hasSize(2);
      Receipt sending =
          claimed.stream().filter(one -> one.id().startsWith("sending")).findFirst().orElseThrow();
      Receipt held = claimed.stream().filter(one -> !one.equals(sending)).findFirst().orElseThrow();
      assertThat(gone.beginSending(sending, "gone", now.get())).isTrue();
      ReceiptSender other = sender(at(mail.getSmtp().getPort()));
      assertThat(other.look()).as("while the lease lives").isZero();

      pass(LIMITS.leaseMillis());

      assertThat(other.look()).isEqualTo(1);
      assertThat(states()).isEqualTo(Map.of("claimed", "sent", "sending", "unconfirmed"));
      // It was only slow: what it has claimed is not its own any more.
      assertThat(gone.beginSending(held, "gone", now.get())).isFalse();
      assertThat(gone.beginSending(sending, "gone", now.get())).isFalse();
      assertThat(gone.end(sending, "gone", ReceiptQueue.End.SENT, "", now.get())).isTrue();
      assertThat(states()).containsEntry("sending", "sent");
    } finally {
      mail.stop();
    }
  }
}
