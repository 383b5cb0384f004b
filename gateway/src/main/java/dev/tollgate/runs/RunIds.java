package dev.tollgate.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * The ids that a run may get, in the order in which they are tried.
 *
 * <p>With an {@code Idempotency-Key} they follow from that and from who sent it, so that whoever
 * asks again, through whatever gateway, meets the same run. There are several: one that has been
 * held for, and then given up before anybody heard of it, cannot be held for again.
 *
 * @param isRepeatable whether they would be the same if it was asked again
 */
public record RunIds(List<String> ids, boolean isRepeatable) {
  private static final String PREFIX = "hold_";
  private static final int TRIES_MAX = 4;
  private static final int CHARACTERS = 24;

  public RunIds {
    ids = List.copyOf(ids);
  }

  /** Of whoever does not mean to ask again. */
  public static RunIds of(RequestId request) {
    return new RunIds(List.of(PREFIX + request.value().replace("req_", "")), false);
  }

  public static RunIds of(KeyRef caller, String idempotencyKey) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < TRIES_MAX; i++) {
      ids.add(
          PREFIX
              + text(
                  String.join(
                      "\n",
                      caller.account().value(),
                      caller.key().value(),
                      idempotencyKey,
                      Integer.toString(i))));
    }
    return new RunIds(ids, true);
  }

  /** Something over 120 bits of its digest, in base 36. */
  private static String text(String of) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(of.getBytes(UTF_8));
      String text = new BigInteger(1, digest).toString(36);
      return text.substring(text.length() - CHARACTERS);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
