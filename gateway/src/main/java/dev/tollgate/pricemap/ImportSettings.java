package dev.tollgate.pricemap;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to take from a price map, and under which names.
 *
 * @param providers the first that matches an entry's {@code litellm_provider} names its provider;
 *     entries that none matches are not selected. None at all leave providers their own names
 * @param only globs of model names to select; none select all
 * @param free globs of models whose prices of 0 are meant, and are taken as an explicit 0
 * @param hasShortNames whether a model is named as its provider names it: {@code gpt-4o} for {@code
 *     azure/gpt-4o}
 */
public record ImportSettings(
    List<ProviderName> providers, List<String> only, List<String> free, boolean hasShortNames) {

  public static final ImportSettings ALL =
      new ImportSettings(List.of(), List.of(), List.of(), false);

  public ImportSettings {
    providers = List.copyOf(providers);
    only = List.copyOf(only);
    free = List.copyOf(free);
  }

  /**
   * @param name in {@code gateway.yaml}
   * @param glob of what the map calls it
   */
  public record ProviderName(String name, String glob) {}

  boolean isSelected(String model) {
    return only.isEmpty() || isAnyMatch(only, model);
  }

  boolean isFree(String model) {
    return isAnyMatch(free, model);
  }

  /** The name of the provider in {@code gateway.yaml}; null where it is not selected. */
  @Nullable String provider(String litellmProvider) {
    if (providers.isEmpty()) {
      return litellmProvider;
    }
    for (ProviderName provider : providers) {
      if (isMatch(provider.glob(), litellmProvider)) {
        return provider.name();
      }
    }
    return null;
  }

  private static boolean isAnyMatch(List<String> globs, String text) {
    return globs.stream().anyMatch(glob -> isMatch(glob, text));
  }

  /** Only {@code *} is special: any characters, or none. */
  static boolean isMatch(String glob, String text) {
    int star = glob.indexOf('*');
    if (star < 0) {
      return glob.equals(text);
    }
    int from = star;
    boolean isPossible = text.startsWith(glob.substring(0, star));
    for (int next = glob.indexOf('*', star + 1);
        next >= 0 && isPossible;
        next = glob.indexOf('*', star + 1)) {
      String part = glob.substring(star + 1, next);
      int found = text.indexOf(part, from);
      isPossible = found >= 0;
      from = found + part.length();
      star = next;
    }
    String tail = glob.substring(star + 1);
    return isPossible && text.length() - tail.length() >= from && text.endsWith(tail);
  }
}
