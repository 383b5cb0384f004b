package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import java.util.Arrays;
import java.util.Locale;

/**
 * The Redis keys of one shard. They share a hash tag and so a slot: a script may touch all of them
 * on a Cluster too.
 */
final class Shard {
  private final String prefix;
  private final String holds;
  private final String events;
  private final String archive;
  private final String accounts;
  private final String owed;

  Shard(int number) {
    this.prefix = String.format(Locale.ROOT, "tg:{s%02d}:", number);
    this.holds = prefix + "holds";
    this.events = prefix + "events";
    this.archive = prefix + "archive";
    this.accounts = prefix + "accounts";
    this.owed = prefix + "owed";
  }

  /** What each of them begins with. */
  String prefix() {
    return prefix;
  }

  /** A hash: all that is known of an account but its budgets' amounts. */
  String account(AccountId account) {
    return prefix + "account:" + account.value();
  }

  /** A hash: all that is known of a key but its budgets' amounts. */
  String key(KeyId key) {
    return prefix + "key:" + key.value();
  }

  /** A hash: what is used and held of the budgets of an account. */
  String budgets(AccountId account) {
    return prefix + "budgets:" + account.value();
  }

  /** A hash: what is used and held of the budgets of a key. */
  String budgets(KeyId key) {
    return prefix + "budgets:" + key.value();
  }

  /** A hash: the open hold of a request, later its tombstone. */
  String hold(RequestId request) {
    return prefix + "hold:" + request.value();
  }

  /** A sorted set: the requests with an open hold, by the millisecond at which its lease ends. */
  String holds() {
    return holds;
  }

  /**
   * What a script that charges for a request touches, in the order that {@code charges.lua} names.
   */
  String[] charged(KeyRef caller, RequestId request) {
    return new String[] {
      account(caller.account()),
      key(caller.key()),
      budgets(caller.account()),
      budgets(caller.key()),
      hold(request),
      holds,
      events
    };
  }

  /** The same for what pays for an object, or brings it about; the object comes last. */
  String[] charged(KeyRef caller, RequestId request, String object) {
    String[] without = charged(caller, request);
    String[] keys = Arrays.copyOf(without, without.length + 1);
    keys[without.length] = object(caller.account(), object);
    return keys;
  }

  /** A stream: every change of money, accounts, keys and objects. */
  String events() {
    return events;
  }

  /** A hash: how many events have been archived, and how many of those have left the stream. */
  String archive() {
    return archive;
  }

  /** A sorted set of equal scores: {@code <14 digits of millis>:<account id>}, oldest first. */
  String accounts() {
    return accounts;
  }

  /** A sorted set: the ids of an account's keys by their time of creation. */
  String keys(AccountId account) {
    return prefix + "keys:" + account.value();
  }

  /** A hash: what is known of an object that a provider keeps for an account. */
  String object(AccountId account, String id) {
    return prefix + "object:" + account.value() + ":" + id;
  }

  /** A sorted set: the objects that are to be looked at until they are paid for. */
  String owed() {
    return owed;
  }

  /** Its place in that set. */
  static String owedMember(AccountId account, String id) {
    return account.value() + ":" + id;
  }

  /**
   * A sorted set: the ids of an account's objects of one kind, in the order in which they were
   * noted. Those of files of one purpose are in another one, with {@code :<purpose>} behind.
   */
  String objects(AccountId account, ObjectKind kind) {
    return prefix + "objects:" + account.value() + ":" + kind.key();
  }

  /** A hash: what a credit booked. */
  String credit(String creditId) {
    return prefix + "credit:" + creditId;
  }
}
