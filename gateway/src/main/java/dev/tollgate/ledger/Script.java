package dev.tollgate.ledger;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A script of the resources, with the parts that it is built on put before it. Redis knows it by
 * the SHA-1 of that text.
 */
final class Script {
  static final Script HOLD = load("exact", "budgets", "hold");
  static final Script SETTLE = load("exact", "budgets", "charges", "settle");
  static final Script PART = load("exact", "budgets", "charges", "part");
  static final Script RELEASE = load("exact", "budgets", "charges", "release");
  static final Script RENEW = load("exact", "renew");
  static final Script DUE = load("exact", "due");
  static final Script REAP = load("exact", "budgets", "charges", "reap");
  static final Script REQUEST = load("request");
  static final Script CREDIT = load("exact", "credit");
  static final Script ACCOUNT_CREATE = load("exact", "account_create");
  static final Script ACCOUNT_UPDATE = load("exact", "budgets", "account_events", "account_update");
  static final Script PLAN = load("exact", "budgets", "account_events", "plan");
  static final Script KEY_CREATE = load("exact", "key_create");
  static final Script KEY_UPDATE = load("exact", "budgets", "key_update");
  static final Script KEEP = load("exact", "budgets", "charges", "keep");
  static final Script FORGET = load("exact", "forget");
  static final Script WATCH = load("exact", "watch");
  static final Script MISSED = load("missed");
  static final Script RUN = load("run");
  static final Script OBJECTS = load("objects");
  static final Script BUDGET_STATES = load("exact", "budgets", "budget_states");

  static final Script RESTORE_ACCOUNT = load("exact", "restore_account");
  static final Script RESTORE_KEY = load("exact", "restore_key");
  static final Script RESTORE_OBJECT = load("exact", "restore_object");
  static final Script RESTORE_DONE = load("restore_done");
  static final Script RESTORE_USAGE = load("exact", "budgets", "restore_usage");
  static final Script RESTORE_ENDED = load("restore_ended");
  static final Script ARCHIVE_JOIN = load("archive_join");
  static final Script ARCHIVE_ACKNOWLEDGE = load("archive_acknowledge");
  static final Script ARCHIVE_STATE = load("archive_state");

  static final Script AUDIT_ACCOUNT = load("audit_account");
  static final Script AUDIT_HOLDS = load("exact", "audit_holds");
  static final Script AUDIT_HELD = load("audit_held");

  private final String text;
  private final String sha1Hex;

  private Script(String text) {
    this.text = text;
    this.sha1Hex = sha1Hex(text);
  }

  String text() {
    return text;
  }

  String sha1Hex() {
    return sha1Hex;
  }

  private static Script load(String... names) {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      text.append(resource(name + ".lua")).append('\n');
    }
    return new Script(text.toString());
  }

  /** The text of a file in the resources of the ledger. */
  static String resource(String name) {
    try (InputStream file = Script.class.getResourceAsStream("/ledger/" + name)) {
      if (file == null) {
        throw new IllegalStateException("missing resource ledger/" + name);
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new IllegalStateException("unreadable resource ledger/" + name, unreadable);
    }
  }

  private static String sha1Hex(String text) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      return HexFormat.of().formatHex(sha1.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
