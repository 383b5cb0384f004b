package dev.tollgate.http;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the handler for a method and a path. Paths without places are found by their hash; the
 * others are tried from the most specific one on (see {@link PathPattern} for their form). What is
 * not there is answered here: an unknown path with 404, a wrong method with 405 and {@code Allow},
 * {@code OPTIONS} with 204 and {@code Allow}; {@code HEAD} goes to the handler of {@code GET}.
 * Immutable; its handlers belong to one lane.
 */
public final class Router {
  private static final RequestSink NO_SINK = new AnsweredSink();

  private final RefusalRenderer refusals;
  private final Map<String, Methods> exact;
  private final List<Route> patterns;
  private final OtherRoutes others;
  private final Set<String> allMethods = new TreeSet<>();
  private final Set<String> paths;

  /** What will serve a request, and what its path says. */
  record Match(Handler handler, Map<String, String> parameters) {}

  private record Route(PathPattern pattern, Methods methods) {}

  /** The handlers of one path. */
  private static final class Methods {
    private final Map<HttpMethod, Match> handlers = new HashMap<>();

    @Nullable Match find(HttpMethod method) {
      Match match = handlers.get(method);
      return match == null && method.equals(HttpMethod.HEAD) ? handlers.get(HttpMethod.GET) : match;
    }

    void addTo(Set<String> allowed) {
      handlers.keySet().forEach(method -> allowed.add(method.name()));
      if (handlers.containsKey(HttpMethod.GET)) {
        allowed.add("HEAD");
      }
      allowed.add("OPTIONS");
    }
  }

  private Router(RefusalRenderer refusals, Map<String, Methods> routes, OtherRoutes others) {
    this.refusals = refusals;
    this.others = others;
    this.paths = Collections.unmodifiableSet(new TreeSet<>(routes.keySet()));
    this.exact = new HashMap<>();
    this.patterns = new ArrayList<>();
    routes.forEach(
        (path, methods) -> {
          methods.addTo(allMethods);
          if (PathPattern.isPattern(path)) {
            patterns.add(new Route(PathPattern.compile(path), methods));
          } else {
            exact.put(path, methods);
          }
        });
    patterns.sort(Comparator.comparing(Route::pattern, PathPattern.MOST_SPECIFIC_FIRST));
  }

  /**
   * @param refusals renders what this refuses, and what the server refuses before a path is known
   */
  public static Builder builder(RefusalRenderer refusals) {
    return new Builder(refusals);
  }

  RefusalRenderer refusals() {
    return refusals;
  }

  /**
   * What it has handlers for, as it was given: {@code /v1/files/{id}}. Other routes are not told.
   */
  public Set<String> paths() {
    return paths;
  }

  /** All methods of all routes, for requests that are not about a path. */
  Set<String> allMethods() {
    return Collections.unmodifiableSet(allMethods);
  }

  /**
   * @param path as sent, or {@code *}
   */
  Match match(HttpMethod method, String path) {
    Methods methods = exact.get(path);
    Match match = methods == null ? null : methods.find(method);
    return match != null ? match : matchPattern(method, path, methods);
  }

  private Match matchPattern(HttpMethod method, String path, @Nullable Methods exactly) {
    Set<String> allowed = new TreeSet<>();
    if (exactly != null) {
      exactly.addTo(allowed);
    }
    for (Route route : patterns) {
      Map<String, String> parameters = route.pattern().match(path);
      if (parameters != null) {
        Match match = route.methods().find(method);
        if (match != null) {
          return new Match(match.handler(), parameters);
        }
        route.methods().addTo(allowed);
      }
    }
    Handler other = others.find(method, path);
    if (other != null) {
      return new Match(other, Map.of());
    }
    return new Match(unserved(method, path, path.equals("*") ? allMethods() : allowed), Map.of());
  }

  private Handler unserved(HttpMethod method, String path, Set<String> allowed) {
    if (allowed.isEmpty()) {
      return answering(
          id -> refusals.render(new Refusal.NoSuchRoute(method.name(), path), path, id));
    }
    if (method.equals(HttpMethod.OPTIONS)) {
      Reply reply = new Reply(HttpResponseStatus.NO_CONTENT, new DefaultHttpHeaders(), new byte[0]);
      return answering(id -> reply.with(HttpHeaderNames.ALLOW, String.join(", ", allowed)));
    }
    Refusal refusal = new Refusal.MethodNotAllowed(method.name(), path, allowed);
    return answering(
        id ->
            refusals
                .render(refusal, path, id)
                .with(HttpHeaderNames.ALLOW, String.join(", ", allowed)));
  }

  private static Handler answering(Function<RequestId, Reply> answer) {
    return (request, response) -> {
      response.send(answer.apply(request.id()));
      return NO_SINK;
    };
  }

  /** Takes the routes. */
  public static final class Builder {
    private final RefusalRenderer refusals;
    private final Map<String, Methods> routes = new HashMap<>();
    private OtherRoutes others = OtherRoutes.NONE;

    private Builder(RefusalRenderer refusals) {
      this.refusals = refusals;
    }

    /**
     * @param path begins with a slash
     * @throws IllegalArgumentException when it does not, is no pattern, or has a handler already
     */
    public Builder route(HttpMethod method, String path, Handler handler) {
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException("a path begins with a slash: " + path);
      }
      Methods methods = routes.computeIfAbsent(path, absent -> new Methods());
      if (methods.handlers.put(method, new Match(handler, Map.of())) != null) {
        throw new IllegalArgumentException("two handlers for " + method + " " + path);
      }
      return this;
    }

    /** What none of the routes serves is looked for there. */
    public Builder otherwise(OtherRoutes otherRoutes) {
      others = otherRoutes;
      return this;
    }

    public Router build() {
      return new Router(refusals, routes, others);
    }
  }

  /** For a request that has been answered: nothing comes any more. */
  private static final class AnsweredSink implements RequestSink {
    @Override
    public void onBody(ByteBuf piece) {
      piece.release();
    }

    @Override
    public void onBodyEnd() {}

    @Override
    public void onClientGone() {}
  }
}
