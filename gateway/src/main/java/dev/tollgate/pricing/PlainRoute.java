package dev.tollgate.pricing;

/**
 * A plain metered call, as it stands on the card: any API that is sold by the call.
 *
 * @param method of HTTP
 * @param pattern of the path: {@code /api/premium/**}
 * @param provider who answers it
 * @param fees what it costs; never without a {@code request} fee, if only 0
 */
public record PlainRoute(String method, String pattern, String provider, Prices fees) {
  /** As on the card, and its name in metrics: {@code GET /api/premium/**}. */
  public String match() {
    return method + " " + pattern;
  }
}
