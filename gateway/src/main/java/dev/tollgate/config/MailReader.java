package dev.tollgate.config;

import dev.tollgate.billing.mail.MailLimits;
import dev.tollgate.billing.mail.MailServer;
import dev.tollgate.billing.mail.MailServer.StartTls;
import dev.tollgate.domain.Spelling;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads where mail is handed in, and how it is sent. */
final class MailReader {
  private static final List<String> SCHEMES = List.of("smtp", "smtps");
  private static final String EXPECTED =
      "expected none, smtp://user:password@host:587 or smtps://user:password@host:465";
  private static final int SMTP_PORT = 587;
  private static final int SMTPS_PORT = 465;

  private final Path directory;

  /**
   * @param directory what files are named relative to
   */
  MailReader(Path directory) {
    this.directory = directory;
  }

  /** Null where no mail is sent. */
  @Nullable MailServer read(Section email) {
    @Nullable URI server = email.readOrNull("smtp", MailReader::server);
    String from = email.read("from", "", MailReader::address);
    String replyTo = email.read("reply_to", "", MailReader::address);
    String startTls =
        email.read(
            "starttls",
            "",
            value -> value.choice("", List.of("offered", "required", "never"), List.of()));
    String trusted =
        email.read("trust_certificates", "", value -> value.existingFile(directory).toString());
    if (server == null) {
      return null;
    }
    email.require("from");
    boolean isImplicitTls = server.getScheme().equals("smtps");
    int usualPort = isImplicitTls ? SMTPS_PORT : SMTP_PORT;
    @Nullable String user = part(server, 0);
    @Nullable String password = part(server, 1);
    return new MailServer(
        server.getHost(),
        server.getPort() < 0 ? usualPort : server.getPort(),
        isImplicitTls,
        startTls(startTls, user),
        user,
        password == null ? "" : password,
        trusted,
        from,
        replyTo);
  }

  /** A password is not to be sent in the clear, unless that is wanted. */
  private static StartTls startTls(String said, @Nullable String user) {
    if (said.isEmpty()) {
      return user == null ? StartTls.OFFERED : StartTls.REQUIRED;
    }
    return Spelling.read(StartTls.class, said);
  }

  private static @Nullable URI server(Value value) {
    if (value.node() instanceof Node.Scalar none && none.value().equals("none")) {
      return null;
    }
    if (!(value.node() instanceof Node.Scalar scalar) || !scalar.value().contains("://")) {
      value.fault(EXPECTED);
      return null;
    }
    URI uri = value.uri(SCHEMES);
    if (uri == null) {
      return null;
    }
    if (uri.getHost() == null || uri.getRawQuery() != null || isPath(uri)) {
      value.fault(EXPECTED);
      return null;
    }
    return uri;
  }

  private static boolean isPath(URI uri) {
    return uri.getRawPath() != null && uri.getRawPath().length() > 1;
  }

  /** User or password, decoded; null where there is none. */
  private static @Nullable String part(URI server, int number) {
    String info = server.getRawUserInfo();
    String[] parts = info == null ? new String[0] : info.split(":", 2);
    return number < parts.length
        ? URLDecoder.decode(parts[number].replace("+", "%2B"), StandardCharsets.UTF_8)
        : null;
  }

  private static String address(Value value) {
    String text = value.text("");
    if (!text.isEmpty() && !MailServer.isAddress(text)) {
      value.fault("expected an address such as billing@example.com or Name <billing@example.com>");
    }
    return text;
  }

  static MailLimits limits(Section mail) {
    MailLimits fallback = MailLimits.DEFAULT;
    return new MailLimits(
        mail.millis("look_millis", fallback.lookMillis()),
        mail.read(
            "settle_millis",
            fallback.settleMillis(),
            value -> value.millis(fallback.settleMillis(), 0, 864_000_000)),
        mail.millis("connect_millis_max", fallback.connectMillisMax()),
        mail.millis("answer_millis_max", fallback.answerMillisMax()),
        mail.millis("lease_millis", fallback.leaseMillis()),
        mail.millis("retry_millis", fallback.retryMillis()),
        mail.millis("retry_millis_max", fallback.retryMillisMax()),
        mail.count("tries_max", fallback.triesMax()),
        mail.millis("receipt_millis_max", fallback.receiptMillisMax()),
        mail.integer("claims_max", fallback.claimsMax(), 1, 1_000));
  }
}
