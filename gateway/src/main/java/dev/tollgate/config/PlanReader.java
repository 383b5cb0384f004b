package dev.tollgate.config;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Period;
import dev.tollgate.pricing.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one plan of the rate card. */
final class PlanReader {
  private static final long MULTIPLIER_ONE_PPM = 1_000_000;
  private static final long MULTIPLIER_MAX_PPM = 1000 * MULTIPLIER_ONE_PPM;
  private static final long WINDOW_MILLIS_MIN = 60_000;
  private static final long WINDOW_MILLIS_MAX = 366L * 86_400_000;

  private PlanReader() {}

  static Plan read(String id, Section section) {
    String funding =
        section.read(
            "funding",
            "wallet",
            value -> value.choice("wallet", List.of("wallet", "subscription"), List.of()));
    boolean isSubscription = funding.equals("subscription");
    if (isSubscription) {
      section.require("limits_usd");
    }
    return new Plan(
        id,
        section.text("name", id),
        isSubscription ? Plan.Funding.SUBSCRIPTION : Plan.Funding.WALLET,
        section.readOrNull("monthly_fee", value -> value.usd(0, Money.MAX_NANO_USD)),
        section.readOrNull("rpm", value -> value.whole(1, 1, 1_000_000_000)),
        section.section("allowances", PlanReader::allowances),
        section.section("limits_usd", PlanReader::limits),
        section.read(
            "price_multiplier",
            MULTIPLIER_ONE_PPM,
            value -> value.ppm(MULTIPLIER_ONE_PPM, MULTIPLIER_ONE_PPM, MULTIPLIER_MAX_PPM)));
  }

  private static Map<String, Long> allowances(Section section) {
    Map<String, Long> allowances = new LinkedHashMap<>();
    for (Section.Named named : section.named()) {
      allowances.put(named.name(), allowance(named.value()));
    }
    return allowances;
  }

  private static long allowance(Value value) {
    return value.node() instanceof Node.Scalar scalar && scalar.value().equals("unlimited")
        ? Plan.UNLIMITED
        : value.whole(0, 0, Long.MAX_VALUE);
  }

  private static List<Budget> limits(Section section) {
    List<Budget> limits = new ArrayList<>();
    for (Section.Named named : section.named()) {
      Duration window = window(named);
      long limit = named.value().usd(0, Money.MAX_NANO_USD);
      if (window != null) {
        limits.add(
            new Budget(
                named.name(),
                Budget.Scope.ACCOUNT,
                Budget.Unit.USD,
                new Period.Rolling(window),
                limit,
                List.of()));
      }
    }
    return limits;
  }

  private static @Nullable Duration window(Section.Named named) {
    Long millis = named.name().matches("[0-9]+[mhd]") ? Units.MILLIS.parse(named.name()) : null;
    if (millis == null || millis < WINDOW_MILLIS_MIN || millis > WINDOW_MILLIS_MAX) {
      named.fault("expected a window such as 5h, 1d or 30d as the key, at most 366d");
      return null;
    }
    return Duration.ofMillis(millis);
  }
}
