package dev.tollgate.domain;

import java.util.random.RandomGenerator;

/**
 * Makes ids. One instance per thread: request ids are a random prefix of 80 bits, drawn once, and a
 * counter, so that no two gateways, lanes or restarts ever share one and none costs entropy.
 */
public final class Ids {
  private static final char[] BASE32 = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
  private static final char[] BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray();

  private static final int REQUEST_PREFIX_CHARACTERS = 16;
  private static final int REQUEST_COUNTER_CHARACTERS = 8;

  /** 43 characters of base 62 carry 256 bits. */
  private static final int SECRET_CHARACTERS = 43;

  private final RandomGenerator random;
  private final String requestPrefix;
  private long requests;

  /**
   * @param random a cryptographic source in production: keys are made of it
   */
  public Ids(RandomGenerator random) {
    this.random = random;
    this.requestPrefix = "req_" + draw(BASE32, REQUEST_PREFIX_CHARACTERS);
  }

  public RequestId nextRequestId() {
    char[] counter = new char[REQUEST_COUNTER_CHARACTERS];
    long rest = requests++;
    for (int i = counter.length - 1; i >= 0; i--) {
      counter[i] = BASE32[(int) (rest & 31)];
      rest >>>= 5;
    }
    return new RequestId(requestPrefix.concat(new String(counter)));
  }

  public AccountId nextAccountId() {
    return new AccountId("acct_" + draw(BASE32, 20));
  }

  public KeyId nextKeyId() {
    return new KeyId("key_" + draw(BASE32, 20));
  }

  public String nextInvoiceId() {
    return "inv_" + draw(BASE32, 20);
  }

  /** A new bearer token: the prefix and 256 random bits. Shown to its owner once, never stored. */
  public String nextSecret(String prefix) {
    return prefix + draw(BASE62, SECRET_CHARACTERS);
  }

  private String draw(char[] alphabet, int length) {
    char[] drawn = new char[length];
    for (int i = 0; i < length; i++) {
      drawn[i] = alphabet[random.nextInt(alphabet.length)];
    }
    return new String(drawn);
  }
}
