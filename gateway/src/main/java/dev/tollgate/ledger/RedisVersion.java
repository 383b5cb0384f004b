package dev.tollgate.ledger;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of a Redis or Valkey server. */
record RedisVersion(int major, int minor, int patch) implements Comparable<RedisVersion> {
  static final RedisVersion OLDEST_SUPPORTED = new RedisVersion(6, 2, 0);

  private static final Pattern NUMBER =
      Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,4}))?");
  private static final Comparator<RedisVersion> ORDER =
      Comparator.comparingInt(RedisVersion::major)
          .thenComparingInt(RedisVersion::minor)
          .thenComparingInt(RedisVersion::patch);

  /** The first version number in a text such as {@code Redis server v=7.0.15 sha=…}. */
  static Optional<RedisVersion> find(String text) {
    Matcher number = NUMBER.matcher(text);
    if (!number.find()) {
      return Optional.empty();
    }
    String patch = number.group(3);
    return Optional.of(
        new RedisVersion(
            Integer.parseInt(number.group(1)),
            Integer.parseInt(number.group(2)),
            patch == null ? 0 : Integer.parseInt(patch)));
  }

  boolean isAtLeast(RedisVersion other) {
    return compareTo(other) >= 0;
  }

  @Override
  public int compareTo(RedisVersion other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
