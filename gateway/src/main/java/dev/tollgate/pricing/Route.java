package dev.tollgate.pricing;

/**
 * A plain metered call, as it stands on the card.
 *
 * @param method of HTTP
 * @param pattern of the path: {@code /api/premium/**}
 * @param provider who answers it
 * @param fees what it costs; never without a price
 */
public record Route(String method, String pattern, String provider, Prices fees) {}
