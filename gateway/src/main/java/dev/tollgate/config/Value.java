package dev.tollgate.config;

import dev.tollgate.domain.Money;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One value of a file, to be read as what it should be. What it is not becomes a fault, and the
 * reader gets the fallback: reading goes on, so that all faults are found.
 *
 * @param key its path in the file
 */
record Value(Node node, String key, Findings findings) {
  static final int PORT_MAX = 65_535;

  private static final int NUMBER_CHARACTERS_MAX = 64;

  /** User and password, a host or an address in brackets, and a port. */
  private static final Pattern AUTHORITY =
      Pattern.compile("(?:[^@]*@)?(?:\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::([0-9]*))?");

  private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]{0,17})");
  private static final Pattern DECIMAL =
      Pattern.compile("-?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]{1,6})?");

  Place place() {
    return node.place();
  }

  /** The same, as if part of it had been written in another way. */
  Value replacing(String written, String meant) {
    return node instanceof Node.Scalar scalar
        ? new Value(
            new Node.Scalar(
                scalar.place(),
                scalar.source(),
                scalar.value().replace(written, meant),
                scalar.form()),
            key,
            findings)
        : this;
  }

  /** Reports a fault, unless it follows from one that has been reported already. */
  void fault(String message) {
    if (!(node instanceof Node.Unfilled)) {
      findings.fault(place(), key, message);
    }
  }

  void expected(String what) {
    fault("expected " + what + ", got " + node.description());
  }

  private Node.@Nullable Scalar scalar(Node.Form form) {
    return node instanceof Node.Scalar scalar
            && (scalar.form() == form || scalar.form() == Node.Form.ANY)
        ? scalar
        : null;
  }

  /** Any single value is text, numbers as they are written. */
  String text(String fallback) {
    if (node instanceof Node.Scalar scalar && !scalar.value().isEmpty()) {
      return scalar.value();
    }
    expected("text");
    return fallback;
  }

  /** Text that goes into a header: visible ASCII, possibly none. Never quoted in a fault. */
  String secret() {
    if (!(node instanceof Node.Scalar scalar)) {
      expected("text");
      return "";
    }
    if (!scalar.value().chars().allMatch(character -> character > 0x20 && character < 0x7F)) {
      fault("expected visible ASCII characters without spaces or line ends");
      return "";
    }
    return scalar.value();
  }

  String matching(Pattern pattern, String what, String fallback) {
    if (node instanceof Node.Scalar scalar && pattern.matcher(scalar.value()).matches()) {
      return scalar.value();
    }
    expected(what);
    return fallback;
  }

  boolean flag(boolean fallback) {
    Node.Scalar scalar = scalar(Node.Form.BOOLEAN);
    if (scalar != null && (scalar.value().equals("true") || scalar.value().equals("false"))) {
      return scalar.value().equals("true");
    }
    expected("true or false");
    return fallback;
  }

  long whole(long fallback, long min, long max) {
    Node.Scalar scalar = scalar(Node.Form.NUMBER);
    if (scalar == null || !WHOLE.matcher(scalar.value()).matches()) {
      expected("a whole number");
      return fallback;
    }
    return within(Long.parseLong(scalar.value()), fallback, min, max, "");
  }

  /** The exact number that the text says; null after a fault. */
  @Nullable BigDecimal decimal(String what) {
    Node.Scalar scalar = scalar(Node.Form.NUMBER);
    if (scalar == null
        || scalar.value().length() > NUMBER_CHARACTERS_MAX
        || !DECIMAL.matcher(scalar.value()).matches()) {
      expected(what);
      return null;
    }
    return new BigDecimal(scalar.value());
  }

  /** Nano-USD from a decimal number of USD, exact; {@code fallback} after a fault. */
  long usd(long fallback, long maxNanoUsd) {
    BigDecimal usd = decimal("an amount in USD");
    if (usd == null) {
      return fallback;
    }
    if (usd.signum() < 0) {
      expected("an amount that is not negative");
      return fallback;
    }
    if (usd.signum() != 0 && usd.stripTrailingZeros().scale() > 9) {
      fault("has more than 9 decimals: amounts are whole nano-USD");
      return fallback;
    }
    if (usd.compareTo(Money.decimal(maxNanoUsd)) > 0) {
      fault("is beyond $" + Money.usd(maxNanoUsd) + ": a slip of units?");
      return fallback;
    }
    return Money.ofUsd(usd);
  }

  /** Millionths from a decimal number, exact. */
  long ppm(long fallback, long unitPpm, long maxPpm) {
    BigDecimal number = decimal("a number");
    if (number == null) {
      return fallback;
    }
    BigDecimal ppm = number.multiply(BigDecimal.valueOf(unitPpm));
    if (ppm.signum() < 0 || ppm.compareTo(BigDecimal.valueOf(maxPpm)) > 0) {
      expected("a number from 0 to " + BigDecimal.valueOf(maxPpm / unitPpm));
      return fallback;
    }
    if (ppm.signum() != 0 && ppm.stripTrailingZeros().scale() > 0) {
      fault("has too many decimals");
      return fallback;
    }
    return ppm.longValueExact();
  }

  long millis(long fallback, long min, long max) {
    return unitNumber(Units.MILLIS, fallback, min, max);
  }

  long bytes(long fallback, long min, long max) {
    return unitNumber(Units.BYTES, fallback, min, max);
  }

  private long unitNumber(Units units, long fallback, long min, long max) {
    Long number = node instanceof Node.Scalar scalar ? units.parse(scalar.value()) : null;
    if (number == null) {
      expected(units.what());
      return fallback;
    }
    return within(number, fallback, min, max, " " + units.name());
  }

  private long within(long number, long fallback, long min, long max, String unit) {
    if (number < min || number > max) {
      expected(
          (max == Long.MAX_VALUE ? "at least " + min : "a number from " + min + " to " + max)
              + unit);
      return fallback;
    }
    return number;
  }

  /**
   * One of some words. The fault for another one names them all.
   *
   * @param unsupported words that are right, but mean what this version cannot do
   */
  String choice(String fallback, List<String> words, List<String> unsupported) {
    String word = node instanceof Node.Scalar scalar ? scalar.value() : "";
    if (words.contains(word)) {
      return word;
    }
    if (unsupported.contains(word)) {
      fault("`" + word + "` is not supported by this version; use " + String.join(" or ", words));
    } else {
      fault(
          "expected "
              + String.join(" or ", words)
              + ", got "
              + node.description()
              + Suggestion.phrase(word, words));
    }
    return fallback;
  }

  /**
   * An absolute URI with a host, one of some schemes, and a port that exists, if any. The host may
   * have an underscore, although {@link URI#getHost()} does not know it then. Not quoted: it may
   * carry a password.
   */
  @Nullable URI uri(List<String> schemes) {
    String what = String.join(":// or ", schemes) + "://host…";
    if (!(node instanceof Node.Scalar scalar)) {
      expected(what);
      return null;
    }
    try {
      URI uri = new URI(scalar.value());
      String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
      Matcher parts = AUTHORITY.matcher(authority);
      if (uri.getScheme() != null && schemes.contains(uri.getScheme()) && parts.matches()) {
        return hasPort(parts.group(1)) ? uri : null;
      }
    } catch (URISyntaxException notUri) {
      // the fault below says it without the text
    }
    fault("expected a URI such as " + what);
    return null;
  }

  private boolean hasPort(@Nullable String digits) {
    if (digits == null || digits.isEmpty()) {
      return true;
    }
    int port = digits.length() > 5 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    if (port < 1 || port > PORT_MAX) {
      fault("expected a port from 1 to " + PORT_MAX);
      return false;
    }
    return true;
  }

  /** A file that can be read, by a path relative to the configuration file. */
  Path existingFile(Path relativeTo) {
    String text = text("");
    Path path = relativeTo.resolve(text.replace('\0', '?')).normalize();
    if (!text.isEmpty() && !(Files.isRegularFile(path) && Files.isReadable(path))) {
      fault("expected a file that can be read, but there is none at " + path);
    }
    return path;
  }

  /**
   * @param label where a key that is missing in it is reported
   */
  Section section(Place label) {
    if (!(node instanceof Node.Mapping || node instanceof Node.Nothing)) {
      expected("a mapping of keys to values");
    }
    return new Section(node, key, label, findings);
  }

  /** The items of a list; none after a fault. */
  List<Value> items() {
    List<Value> items = new ArrayList<>();
    if (node instanceof Node.Sequence sequence) {
      for (Node item : sequence.items()) {
        items.add(new Value(item, key + "[" + items.size() + "]", findings));
      }
    } else if (!(node instanceof Node.Nothing)) {
      expected("a list");
    }
    return items;
  }
}
