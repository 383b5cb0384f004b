package dev.tollgate.proxy;

import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.PlainCall;
import dev.tollgate.http.Handler;
import dev.tollgate.http.OtherRoutes;
import dev.tollgate.http.PathPattern;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.pricing.PlainRoute;
import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of the card that is valid at the moment: calls of any API, sold by the call. Of
 * several that match, the most specific one counts. Confined to one lane.
 *
 * <p>A path is matched as providers read it: with its plainly readable characters decoded, and
 * never with empty segments, so that a dear route cannot be reached under the name of a cheap one.
 */
public final class PlainRoutes implements OtherRoutes {
  private final Lane lane;
  private final Dialects dialects;
  private final RefusalRenderer refusals;
  private List<PlainRoute> onCard = List.of();
  private List<Matched> routes = List.of();

  private record Matched(PathPattern pattern, PlainRoute route) {}

  public PlainRoutes(Lane lane, Dialects dialects, RefusalRenderer refusals) {
    this.lane = lane;
    this.dialects = dialects;
    this.refusals = refusals;
  }

  @Override
  public @Nullable Handler find(HttpMethod method, String path) {
    List<PlainRoute> current = lane.catalog().card().routes();
    if (!current.equals(onCard)) {
      routes = compiled(current);
      onCard = current;
    }
    if (routes.isEmpty()) {
      return null;
    }
    String readable = PathPattern.readable(path);
    for (Matched matched : routes) {
      if (isOf(matched.route(), method) && matched.pattern().matches(readable)) {
        return handler(matched.route(), method, path);
      }
    }
    return null;
  }

  /** What answers to GET answers to HEAD, at the same price. */
  private static boolean isOf(PlainRoute route, HttpMethod method) {
    return route.method().equals(method.name())
        || (method.equals(HttpMethod.HEAD) && route.method().equals(HttpMethod.GET.name()));
  }

  private Handler handler(PlainRoute route, HttpMethod method, String path) {
    return new MeteredHandler(
        lane,
        dialects,
        new PlainCall(method, route.match(), path),
        new PlainOffers(route),
        refusals);
  }

  private static List<Matched> compiled(List<PlainRoute> onCard) {
    List<Matched> matched = new ArrayList<>();
    for (PlainRoute route : onCard) {
      matched.add(new Matched(PathPattern.compile(route.pattern()), route));
    }
    matched.sort(Comparator.comparing(Matched::pattern, PathPattern.MOST_SPECIFIC_FIRST));
    return List.copyOf(matched);
  }
}
