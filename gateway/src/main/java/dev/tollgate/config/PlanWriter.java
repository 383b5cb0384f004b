package dev.tollgate.config;

import static dev.tollgate.config.YamlText.scalar;
import static dev.tollgate.config.YamlText.value;

import dev.tollgate.domain.Money;
import dev.tollgate.pricing.Plan;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collector;
import java.util.stream.Collectors;

/** Writes one plan of the rate card. */
final class PlanWriter {
  private PlanWriter() {}

  static void write(Plan plan, YamlText yaml) {
    boolean isSubscription = plan.funding() == Plan.Funding.SUBSCRIPTION;
    yaml.open(plan.id(), null);
    yaml.put("name", value(plan.name()), null);
    yaml.put("funding", isSubscription ? "subscription" : "wallet", null);
    Long fee = plan.monthlyFeeNanoUsd();
    if (fee != null) {
      yaml.put("monthly_fee", Money.usd(fee), null);
    }
    Long requests = plan.requestsPerMinute();
    if (requests != null) {
      yaml.put("rpm", Long.toString(requests), null);
    }
    yaml.put("allowances", allowances(plan.allowances()), null);
    if (isSubscription || !plan.limits().isEmpty()) {
      yaml.put(
          "limits_usd",
          plan.limits().stream()
              .map(limit -> scalar(limit.name()) + ": " + Money.usd(limit.limit()))
              .collect(mapped()),
          null);
    }
    yaml.put("price_multiplier", RatesWriter.decimal(plan.priceMultiplierPpm(), 6), null).close();
  }

  private static String allowances(Map<String, Long> allowances) {
    return new TreeMap<>(allowances)
        .entrySet().stream()
            .map(
                allowance ->
                    scalar(allowance.getKey())
                        + ": "
                        + (allowance.getValue() == Plan.UNLIMITED
                            ? "unlimited"
                            : Long.toString(allowance.getValue())))
            .collect(mapped());
  }

  private static Collector<CharSequence, ?, String> mapped() {
    return Collectors.joining(", ", "{ ", " }");
  }
}
