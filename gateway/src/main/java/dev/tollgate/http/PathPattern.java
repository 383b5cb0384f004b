package dev.tollgate.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A path with places: {@code /v1/keys/{id}} takes one segment for {@code id}, {@code
 * /models/{model}:embed} one that ends so, and a last {@code **} takes the rest, of any number of
 * segments, none included.
 */
public final class PathPattern {
  /** The more literal pattern comes first, segment by segment. */
  public static final Comparator<PathPattern> MOST_SPECIFIC_FIRST = PathPattern::compareSpecificity;

  private static final String REST = "**";
  private static final Pattern AMBIGUOUS = Pattern.compile("//|\\\\|(?i:%2f|%5c)");

  /** In the order of how specific they are. */
  private sealed interface Segment {
    int rank();

    record Literal(String text) implements Segment {
      @Override
      public int rank() {
        return 0;
      }
    }

    record Parameter(String name, String suffix) implements Segment {
      @Override
      public int rank() {
        return suffix.isEmpty() ? 2 : 1;
      }
    }

    record Rest() implements Segment {
      @Override
      public int rank() {
        return 4;
      }
    }
  }

  private final List<Segment> segments;

  private PathPattern(List<Segment> segments) {
    this.segments = segments;
  }

  /** Whether a path of a route has places at all. */
  static boolean isPattern(String path) {
    return path.indexOf('{') >= 0 || path.contains(REST);
  }

  /**
   * @throws IllegalArgumentException for one that is not as described
   */
  public static PathPattern compile(String pattern) {
    List<Segment> segments = new ArrayList<>();
    String[] texts = pattern.substring(1).split("/", -1);
    for (int i = 0; i < texts.length; i++) {
      segments.add(segment(pattern, texts[i], i == texts.length - 1));
    }
    return new PathPattern(List.copyOf(segments));
  }

  private static Segment segment(String pattern, String text, boolean last) {
    if (text.equals(REST) && last) {
      return new Segment.Rest();
    }
    int close = text.indexOf('}');
    if (text.startsWith("{") && close > 1) {
      return new Segment.Parameter(text.substring(1, close), text.substring(close + 1));
    }
    if (text.indexOf('{') >= 0 || text.contains(REST)) {
      throw new IllegalArgumentException("not a path pattern: " + pattern);
    }
    return new Segment.Literal(text);
  }

  /**
   * The path as those read it who mean no mischief: characters that need no percent-encoding are
   * decoded (RFC 3986, 6.2.2.2).
   */
  public static String readable(String path) {
    return path.indexOf('%') < 0 ? path : Percent.decodeUnreserved(path);
  }

  /** Whether it fits, and means one thing to everybody: slashes neither doubled nor encoded. */
  public boolean matches(String path) {
    return !AMBIGUOUS.matcher(path).find() && match(path) != null;
  }

  /**
   * @return the parameters, percent-decoded; null when the path does not fit
   */
  @Nullable Map<String, String> match(String path) {
    Map<String, String> parameters = null;
    int at = 0;
    for (Segment segment : segments) {
      if (segment instanceof Segment.Rest) {
        return with(parameters, REST, at < path.length() ? path.substring(at + 1) : "");
      }
      if (at >= path.length()) {
        return null;
      }
      int start = at + 1;
      int slash = path.indexOf('/', start);
      at = slash < 0 ? path.length() : slash;
      if (segment instanceof Segment.Literal(String text)) {
        if (text.length() != at - start || !path.startsWith(text, start)) {
          return null;
        }
      } else if (segment instanceof Segment.Parameter(String name, String suffix)) {
        int end = at - suffix.length();
        String value =
            end > start && path.startsWith(suffix, end) ? decoded(path, start, end) : null;
        if (value == null) {
          return null;
        }
        parameters = with(parameters, name, value);
      }
    }
    return at < path.length() ? null : parameters == null ? Map.of() : parameters;
  }

  private static @Nullable String decoded(String path, int start, int end) {
    return Percent.decode(path.substring(start, end), false);
  }

  private static Map<String, String> with(
      @Nullable Map<String, String> parameters, String name, String value) {
    Map<String, String> map = parameters == null ? new HashMap<>() : parameters;
    map.put(name, value);
    return map;
  }

  private static int compareSpecificity(PathPattern left, PathPattern right) {
    int common = Math.min(left.segments.size(), right.segments.size());
    for (int i = 0; i < common; i++) {
      int order = left.segments.get(i).rank() - right.segments.get(i).rank();
      if (order != 0) {
        return order;
      }
    }
    return right.segments.size() - left.segments.size();
  }
}
