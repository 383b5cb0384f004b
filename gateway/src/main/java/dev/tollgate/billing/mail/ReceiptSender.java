package dev.tollgate.billing.mail;

import dev.tollgate.archive.ArchiveException;
import dev.tollgate.archive.OncePerMinute;
import dev.tollgate.archive.Records;
import dev.tollgate.billing.mail.Post.Letter;
import dev.tollgate.billing.mail.Post.Outcome;
import dev.tollgate.billing.mail.ReceiptQueue.End;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.LedgerUnavailableException;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMultipart;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the receipts that are due. Every gateway has one; each receipt is claimed by one of them.
 * Of one thread.
 */
@Blocking
public final class ReceiptSender {
  private static final Logger LOG = LoggerFactory.getLogger(ReceiptSender.class);
  private static final long LEDGER_MILLIS_MAX = 10_000;

  private final ReceiptQueue queue;
  private final Accounts accounts;
  private final MailServer server;
  private final MailLimits limits;
  private final Supplier<String> seller;
  private final InstantSource clock;
  private final Supplier<String> claims;
  private final Post post;
  private final Map<End, LongAdder> ended = new EnumMap<>(End.class);
  private final LongAdder retried = new LongAdder();
  private final OncePerMinute awayLog = new OncePerMinute();

  /**
   * @param seller the name of who sells; may be empty
   * @param claims makes names that are never made again, here or elsewhere
   * @throws IllegalStateException when the certificates to be trusted cannot be read
   */
  public ReceiptSender(
      Records records,
      Accounts accounts,
      MailServer server,
      MailLimits limits,
      Supplier<String> seller,
      InstantSource clock,
      Supplier<String> claims) {
    this.queue = new ReceiptQueue(records, limits);
    this.accounts = accounts;
    this.server = server;
    this.limits = limits;
    this.seller = seller;
    this.clock = clock;
    this.claims = claims;
    this.post = new Post(server, limits);
    for (End end : End.values()) {
      ended.put(end, new LongAdder());
    }
  }

  /** How many this gateway has ended, by how: {@code sent}, {@code refused} and so on. */
  public Map<String, LongAdder> ended() {
    Map<String, LongAdder> named = new TreeMap<>();
    ended.forEach((end, count) -> named.put(end.key(), count));
    named.put("retried", retried);
    return named;
  }

  /**
   * One look: sends what is due. What cannot be done now is left for the next look.
   *
   * @return how many have been sent
   */
  public int look() {
    long before = count(End.SENT).sum();
    try {
      long now = clock.millis();
      count(End.EXPIRED).add(queue.expire(now));
      count(End.UNCONFIRMED).add(queue.giveUpAbandoned(now));
      var unused = queue.requeueAbandoned(now);
      List<Receipt> due;
      do {
        String claim = claims.get();
        due = queue.claim(claim, clock.millis());
        for (Receipt receipt : due) {
          send(receipt, claim);
        }
      } while (due.size() == limits.claimsMax() && !Thread.currentThread().isInterrupted());
    } catch (ArchiveException away) {
      if (awayLog.isDue()) {
        LOG.warn("receipts wait: {}", away.getMessage());
      }
    }
    return (int) (count(End.SENT).sum() - before);
  }

  private void send(Receipt receipt, String claim) {
    Optional<AccountState> account;
    try {
      account = find(new AccountId(receipt.account()));
    } catch (LedgerUnavailableException away) {
      retry(receipt, claim, "the ledger is away");
      return;
    }
    @Nullable InternetAddress to = account.map(AccountState::email).map(Post::address).orElse(null);
    if (to == null) {
      end(receipt, claim, End.NO_ADDRESS, "");
      return;
    }
    try {
      Letter letter = letter(receipt, account.map(AccountState::name).orElse(""), to);
      conclude(receipt, claim, post.send(letter, to, () -> mayLeave(receipt, claim)));
    } catch (MessagingException unwritable) {
      end(receipt, claim, End.FAILED, "it cannot be written");
      LOG.error("a receipt cannot be written", unwritable);
    }
  }

  /** What is committed before the mail leaves: whoever comes after does not send it again. */
  private boolean mayLeave(Receipt receipt, String claim) {
    try {
      return queue.beginSending(receipt, claim, clock.millis());
    } catch (ArchiveException away) {
      LOG.warn("a receipt is not sent now: {}", away.getMessage());
      return false;
    }
  }

  private void conclude(Receipt receipt, String claim, Outcome outcome) {
    switch (outcome) {
      case Outcome.Sent sent -> end(receipt, claim, End.SENT, "");
      case Outcome.Refused(String reason) -> end(receipt, claim, End.REFUSED, reason);
      case Outcome.Unconfirmed(String reason) -> end(receipt, claim, End.UNCONFIRMED, reason);
      case Outcome.NotSent(String reason) -> retry(receipt, claim, reason);
    }
  }

  private void retry(Receipt receipt, String claim, String reason) {
    if (receipt.tries() >= limits.triesMax()) {
      end(receipt, claim, End.FAILED, reason);
      return;
    }
    retried.increment();
    queue.requeue(receipt, claim, clock.millis() + limits.pauseMillis(receipt.tries()), reason);
    LOG.info("receipt {} is tried again later: {}", receipt.number(), reason);
  }

  private void end(Receipt receipt, String claim, End end, String reason) {
    if (queue.end(receipt, claim, end, reason, clock.millis())) {
      count(end).increment();
      if (end != End.SENT && end != End.NO_ADDRESS) {
        LOG.warn("receipt {} is {}: {}", receipt.number(), end.key(), reason);
      }
    }
  }

  private LongAdder count(End end) {
    return ended.getOrDefault(end, retried);
  }

  private Optional<AccountState> find(AccountId account) {
    try {
      return accounts
          .find(account)
          .toCompletableFuture()
          .orTimeout(LEDGER_MILLIS_MAX, TimeUnit.MILLISECONDS)
          .join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof LedgerUnavailableException away
          ? away
          : new LedgerUnavailableException("no answer in time", failed);
    }
  }

  private Letter letter(Receipt receipt, String buyer, InternetAddress to)
      throws MessagingException {
    InternetAddress from = address(server.from());
    String domain = from.getAddress().substring(from.getAddress().lastIndexOf('@') + 1);
    ReceiptLetter said =
        ReceiptLetter.of(receipt, queue.bonus(receipt).orElse(null), seller.get(), buyer);
    Letter letter = new Letter(post.session(), receipt.messageName() + "@" + domain);
    letter.setFrom(from);
    if (!server.replyTo().isEmpty()) {
      letter.setReplyTo(new InternetAddress[] {address(server.replyTo())});
    }
    letter.setRecipient(Message.RecipientType.TO, to);
    letter.setSubject(said.subject(), StandardCharsets.UTF_8.name());
    letter.setHeader("Date", sentAt(receipt));
    // Nobody's holiday is to be told of it.
    letter.setHeader("Auto-Submitted", "auto-generated");
    letter.setContent(
        new MimeMultipart("alternative", part(said.text(), "plain"), part(said.html(), "html")));
    letter.saveChanges();
    return letter;
  }

  /** When it was paid: the same however often the mail is written. */
  private static String sentAt(Receipt receipt) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(
        Instant.ofEpochMilli(receipt.atMillis()).atOffset(ZoneOffset.UTC));
  }

  private static InternetAddress address(String text) throws MessagingException {
    @Nullable InternetAddress address = Post.address(text);
    if (address == null) {
      throw new MessagingException("the sender is no address");
    }
    return address;
  }

  private static MimeBodyPart part(String text, String subtype) throws MessagingException {
    MimeBodyPart part = new MimeBodyPart();
    part.setText(text, StandardCharsets.UTF_8.name(), subtype);
    return part;
  }
}
