package dev.tollgate.billing.mail;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * What a receipt is for: an entry that has been archived.
 *
 * @param id of the entry
 * @param kind {@code topup} or {@code plan_fee}
 * @param amountNanoUsd signed
 * @param balanceAfterNanoUsd as the ledger had it then
 * @param reference may be empty
 * @param position of the entry among those of its account
 * @param tries how often it has been tried, this one included
 */
record Receipt(
    String id,
    String account,
    String kind,
    long amountNanoUsd,
    long balanceAfterNanoUsd,
    String reference,
    long atMillis,
    long position,
    int tries) {
  /** The bonus that came with a top-up. */
  record Bonus(long amountNanoUsd, long balanceAfterNanoUsd) {}

  boolean isTopUp() {
    return kind.equals("topup");
  }

  /** The same whoever sends it, and how often it is tried. */
  String number() {
    return digest().substring(0, 12).toUpperCase(Locale.ROOT);
  }

  /** What is unique in its Message-ID; of characters that are allowed there. */
  String messageName() {
    return "receipt." + digest().substring(0, 40);
  }

  private String digest() {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
