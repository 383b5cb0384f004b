package dev.tollgate.config;

import dev.tollgate.upstream.HealthCheckSettings;
import dev.tollgate.upstream.ProviderSettings;
import dev.tollgate.upstream.StatusRange;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads how a provider is asked whether it is well. */
final class HealthCheckReader {
  /** A path and a query, as a request line can hold them. */
  private static final Pattern PATH = Pattern.compile("/[!-~&&[^#{}]]{0,2000}");

  private static final Pattern STATUS = Pattern.compile("([2-5][0-9]{2})(?:-([2-5][0-9]{2}))?");

  /** Faster, it would be a load. */
  private static final long INTERVAL_MILLIS_MIN = 100;

  private static final int IN_A_ROW_MAX = 1_000;

  private HealthCheckReader() {}

  static HealthCheckSettings read(Section check, ProviderSettings provider) {
    HealthCheckSettings fallback = HealthCheckSettings.DEFAULT;
    if (provider.dialect().equals("plain")) {
      check.require("path");
    }
    return new HealthCheckSettings(
        check.read("path", fallback.path(), HealthCheckReader::path),
        check.read(
            "method",
            fallback.method(),
            value -> value.choice(fallback.method(), List.of("GET", "HEAD"), List.of())),
        model(check, provider),
        check.read(
            "interval_millis",
            fallback.intervalMillis(),
            value ->
                value.millis(fallback.intervalMillis(), INTERVAL_MILLIS_MIN, Integer.MAX_VALUE)),
        check.millis("answer_millis_max", fallback.answerMillisMax()),
        check.integer("failures_max", fallback.failuresMax(), 1, IN_A_ROW_MAX),
        check.integer("successes_min", fallback.successesMin(), 1, IN_A_ROW_MAX),
        check.read("status", fallback.status(), HealthCheckReader::status),
        check.bytes("answer_bytes_max", fallback.answerBytesMax()));
  }

  /** It is not quoted: its query may carry a key. */
  private static String path(Value value) {
    if (value.node() instanceof Node.Scalar scalar && PATH.matcher(scalar.value()).matches()) {
      return scalar.value();
    }
    value.fault("expected a path below base_url, such as /models");
    return HealthCheckSettings.DEFAULT.path();
  }

  /** It is asked for where there is a place for it, and only there. */
  private static String model(Section check, ProviderSettings provider) {
    if (provider.hasModelInUrl()) {
      check.require("model");
    }
    Value value = check.value("model");
    if (value == null) {
      return "";
    }
    String model = value.text("");
    if (!provider.hasModelInUrl()) {
      value.fault("has no place: there is no {model} in base_url");
    } else if (model.isEmpty()) {
      value.fault("must not be empty");
    }
    return model;
  }

  private static StatusRange status(Value value) {
    StatusRange fallback = HealthCheckSettings.DEFAULT.status();
    String what = "a status from 200 to 599 or a range of them, such as 200-399";
    String text = value.matching(STATUS, what, fallback.toString());
    Matcher matcher = STATUS.matcher(text);
    if (!matcher.matches()) {
      return fallback;
    }
    int first = Integer.parseInt(matcher.group(1));
    int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
    if (last < first) {
      value.fault("expected " + what);
      return fallback;
    }
    return new StatusRange(first, last);
  }
}
