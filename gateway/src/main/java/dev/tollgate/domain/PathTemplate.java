package dev.tollgate.domain;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The path of a request to a provider, or its beginning, with places for the model and for what the
 * client's path has: {@code /models/{model}:generateContent}. Immutable.
 */
public final class PathTemplate {
  private static final String MODEL = "model";

  /** Literals and names in turn, beginning and ending with a literal. */
  private final List<String> parts;

  private PathTemplate(List<String> parts) {
    this.parts = parts;
  }

  public static PathTemplate of(String template) {
    List<String> parts = new ArrayList<>();
    int at = 0;
    for (int open = template.indexOf('{'); open >= 0; open = template.indexOf('{', at)) {
      int close = template.indexOf('}', open);
      parts.add(template.substring(at, open));
      parts.add(template.substring(open + 1, close));
      at = close + 1;
    }
    parts.add(template.substring(at));
    return new PathTemplate(List.copyOf(parts));
  }

  /** Whether it has a place for the model. */
  public boolean hasModel() {
    for (int i = 1; i < parts.size(); i += 2) {
      if (parts.get(i).equals(MODEL)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Each value becomes one segment (RFC 3986, 3.3): none can leave its place.
   *
   * @param model for the place of that name, whatever the client's path says
   */
  public String fill(String model, Map<String, String> pathParameters) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    StringBuilder path = new StringBuilder(parts.getFirst());
    for (int i = 1; i < parts.size(); i += 2) {
      String name = parts.get(i);
      String value = name.equals(MODEL) ? model : pathParameters.getOrDefault(name, "");
      path.append(PercentEncoding.encode(value)).append(parts.get(i + 1));
    }
    return path.toString();
  }
}
