package dev.tollgate.billing.mail;

import dev.tollgate.billing.mail.MailServer.StartTls;
import dev.tollgate.domain.Blocking;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.URLName;
import jakarta.mail.internet.InternetAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UnsupportedEncodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.jspecify.annotations.Nullable;

/**
 * Hands mail to a server, one message to a connection, and says what is known of it afterwards.
 * Thread-safe.
 */
@Blocking
final class Post {
  private static final int REFUSED = 400;
  private static final int REFUSED_FOR_GOOD = 500;

  private final MailServer server;
  private final Session session;

  /** What has become of a message. A reason never names an address. */
  sealed interface Outcome {
    /** The server has taken it. */
    record Sent() implements Outcome {}

    /** It has not left, or the server has said that it does not take it now. */
    record NotSent(String reason) implements Outcome {}

    /** The server does not take it, now or ever. */
    record Refused(String reason) implements Outcome {}

    /** It may have left; nobody knows. */
    record Unconfirmed(String reason) implements Outcome {}
  }

  /**
   * @throws IllegalStateException when the certificates to be trusted cannot be read
   */
  Post(MailServer server, MailLimits limits) {
    this.server = server;
    this.session = Session.getInstance(properties(server, limits));
  }

  Session session() {
    return session;
  }

  private static Properties properties(MailServer server, MailLimits limits) {
    Properties all = new Properties();
    String prefix = "mail." + protocol(server) + ".";
    all.put(prefix + "connectiontimeout", Integer.toString(limits.connectMillisMax()));
    all.put(prefix + "timeout", Integer.toString(limits.answerMillisMax()));
    all.put(prefix + "writetimeout", Integer.toString(limits.answerMillisMax()));
    all.put(prefix + "quitwait", "false");
    all.put(prefix + "sendpartial", "false");
    all.put(prefix + "ssl.checkserveridentity", "true");
    all.put(prefix + "ssl.protocols", "TLSv1.2 TLSv1.3");
    all.put(prefix + "starttls.enable", Boolean.toString(server.startTls() != StartTls.NEVER));
    all.put(prefix + "starttls.required", Boolean.toString(server.startTls() == StartTls.REQUIRED));
    all.put(prefix + "auth", Boolean.toString(server.user() != null));
    if (!server.trustCertificates().isEmpty()) {
      all.put(prefix + "ssl.socketFactory", trusting(server.trustCertificates()));
    }
    return all;
  }

  private static String protocol(MailServer server) {
    return server.isImplicitTls() ? "smtps" : "smtp";
  }

  private static Object trusting(String file) {
    try (InputStream pem = Files.newInputStream(Path.of(file))) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int number = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        trusted.setCertificateEntry("trusted-" + number++, one);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException unreadable) {
      throw new IllegalStateException(
          "the certificates in " + file + " cannot be used", unreadable);
    }
  }

  /**
   * Sends a message to one recipient.
   *
   * @param beforeLeaving asked right before the message may leave; where it says no, it does not
   */
  Outcome send(Letter letter, InternetAddress to, BooleanSupplier beforeLeaving) {
    Transport transport = new Transport(session, server, beforeLeaving);
    try {
      // Without a password nobody logs in, though the server may offer it.
      String password = server.user() == null ? null : server.password();
      transport.connect(server.host(), server.port(), server.user(), password);
      transport.sendMessage(letter, new InternetAddress[] {to});
      return new Outcome.Sent();
    } catch (MessagingException failed) {
      return judge(transport, failed);
    } finally {
      close(transport);
    }
  }

  private static Outcome judge(Transport transport, MessagingException failed) {
    int code = codeOf(failed);
    if (transport.mayHaveLeft && code < REFUSED) {
      return new Outcome.Unconfirmed(reason(failed, code));
    }
    boolean isForGood =
        code >= REFUSED_FOR_GOOD
            && (transport.mayHaveLeft || isOfRecipient(failed) || isOfData(failed));
    return isForGood
        ? new Outcome.Refused(reason(failed, code))
        : new Outcome.NotSent(reason(failed, code));
  }

  /** What the server has said; less than 0 where it said nothing. */
  private static int codeOf(MessagingException failed) {
    int code = -1;
    for (Exception one = failed;
        one instanceof MessagingException messaging;
        one = messaging.getNextException()) {
      switch (one) {
        case SMTPAddressFailedException address -> code = address.getReturnCode();
        case SMTPSendFailedException send -> code = Math.max(code, send.getReturnCode());
        default -> {}
      }
    }
    return code;
  }

  private static boolean isOfRecipient(MessagingException failed) {
    for (Exception one = failed;
        one instanceof MessagingException messaging;
        one = messaging.getNextException()) {
      if (one instanceof SMTPAddressFailedException) {
        return true;
      }
    }
    return false;
  }

  /** The message itself, rather than who sends it or how he logs in. */
  private static boolean isOfData(MessagingException failed) {
    return failed instanceof SMTPSendFailedException send
        && send.getCommand() != null
        && send.getCommand().startsWith("DATA");
  }

  /** Without what the server wrote, which may name the address. */
  private static String reason(MessagingException failed, int code) {
    if (code > 0) {
      return "the server answered " + code;
    }
    Exception last = failed;
    while (last instanceof MessagingException messaging && messaging.getNextException() != null) {
      last = messaging.getNextException();
    }
    String what = last instanceof SendFailedException ? "it said nothing" : "";
    return what.isEmpty() ? last.getClass().getSimpleName() : what;
  }

  private static void close(Transport transport) {
    try {
      transport.close();
    } catch (MessagingException broken) {
      // What became of the message is known by now.
    }
  }

  /** Knows when a message may have left: from its last dot on. */
  private static final class Transport extends SMTPTransport {
    private final BooleanSupplier beforeLeaving;
    private boolean mayHaveLeft;

    Transport(Session session, MailServer server, BooleanSupplier beforeLeaving) {
      super(
          session,
          new URLName(protocol(server), server.host(), server.port(), null, null, null),
          protocol(server),
          server.isImplicitTls());
      this.beforeLeaving = beforeLeaving;
    }

    @Override
    protected void finishData() throws IOException, MessagingException {
      if (!beforeLeaving.getAsBoolean()) {
        // This drops the connection in the midst of the message: it is not one without its end.
        throw new IOException("it must not leave now");
      }
      mayHaveLeft = true;
      super.finishData();
    }
  }

  /** A message whose id is the same however often it is made. */
  static final class Letter extends jakarta.mail.internet.MimeMessage {
    private final String id;

    Letter(Session session, String id) {
      super(session);
      this.id = id;
    }

    @Override
    protected void updateMessageID() throws MessagingException {
      setHeader("Message-ID", "<" + id + ">");
    }
  }

  /** Null for what is no address. */
  static @Nullable InternetAddress address(String text) {
    try {
      InternetAddress[] all = InternetAddress.parse(text, true);
      if (all.length == 1 && !all[0].isGroup() && all[0].getAddress().indexOf('@') > 0) {
        all[0].setPersonal(all[0].getPersonal(), StandardCharsets.UTF_8.name());
        return all[0];
      }
    } catch (MessagingException | UnsupportedEncodingException malformed) {
      // said below
    }
    return null;
  }
}
