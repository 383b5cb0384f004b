package dev.tollgate.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds what a misspelt word may have been meant to be. */
final class Suggestion {
  private Suggestion() {}

  /** {@code ; did you mean `base_url`?}, or nothing when no candidate is near. */
  static String phrase(String word, Collection<String> candidates) {
    String nearest = nearest(word, candidates);
    return nearest == null ? "" : "; did you mean `" + nearest + "`?";
  }

  static @Nullable String nearest(String word, Collection<String> candidates) {
    String nearest = null;
    int least = Math.max(1, Math.min(3, word.length() / 3)) + 1;
    for (String candidate : candidates) {
      if (Math.abs(candidate.length() - word.length()) < least) {
        int distance = distance(word, candidate);
        if (distance < least) {
          least = distance;
          nearest = candidate;
        }
      }
    }
    return nearest;
  }

  /** Insertions, deletions, replacements and swaps of neighbours that lie between two words. */
  private static int distance(String left, String right) {
    int[][] distances = new int[left.length() + 1][right.length() + 1];
    for (int i = 0; i <= left.length(); i++) {
      for (int j = 0; j <= right.length(); j++) {
        distances[i][j] = i == 0 || j == 0 ? i + j : step(distances, left, right, i, j);
      }
    }
    return distances[left.length()][right.length()];
  }

  private static int step(int[][] distances, String left, String right, int i, int j) {
    int cost = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
    int least =
        Math.min(
            distances[i - 1][j - 1] + cost, Math.min(distances[i - 1][j], distances[i][j - 1]) + 1);
    boolean isSwap =
        i > 1
            && j > 1
            && left.charAt(i - 1) == right.charAt(j - 2)
            && left.charAt(i - 2) == right.charAt(j - 1);
    return isSwap ? Math.min(least, distances[i - 2][j - 2] + 1) : least;
  }
}
