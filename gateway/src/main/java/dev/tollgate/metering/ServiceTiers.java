package dev.tollgate.metering;

import java.util.Locale;

/** The names of service tiers, as requests, answers and rate cards have them. */
public final class ServiceTiers {
  private static final String ENUM_PREFIX = "service_tier_";

  private ServiceTiers() {}

  /** {@code priority}, also of Google's {@code SERVICE_TIER_PRIORITY}. */
  public static String named(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith(ENUM_PREFIX) ? lower.substring(ENUM_PREFIX.length()) : lower;
  }
}
