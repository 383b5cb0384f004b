package dev.tollgate.billing.mail;

import org.jspecify.annotations.Nullable;

/**
 * Where mail is handed in, and whom it comes from.
 *
 * @param isImplicitTls whether the connection begins with TLS: {@code smtps://}
 * @param user null where nobody has to log in
 * @param trustCertificates a PEM file to trust instead of the public authorities; empty for these
 * @param from an address, perhaps with a name before it
 * @param replyTo empty where that is the sender
 */
public record MailServer(
    String host,
    int port,
    boolean isImplicitTls,
    StartTls startTls,
    @Nullable String user,
    String password,
    String trustCertificates,
    String from,
    String replyTo) {
  /** What is done with STARTTLS on a connection that begins in the clear. */
  public enum StartTls {
    /** Taken where it is offered. */
    OFFERED,
    /** Nothing is sent without it. */
    REQUIRED,
    NEVER
  }

  /** Whether it is one address, perhaps with a name before it. */
  public static boolean isAddress(String text) {
    return Post.address(text) != null;
  }

  /** Without who logs in. */
  @Override
  public String toString() {
    return (isImplicitTls ? "smtps://" : "smtp://") + host + ":" + port;
  }
}
