package dev.tollgate.account;

import java.util.List;

/** Which models a key is restricted to, judged as the hold does: only {@code *} is special. */
final class ModelGlobs {
  private ModelGlobs() {}

  /**
   * @param globs none at all match every model
   */
  static boolean isAnyMatch(List<String> globs, String model) {
    return globs.isEmpty() || globs.stream().anyMatch(glob -> isMatch(glob, model));
  }

  private static boolean isMatch(String glob, String model) {
    int star = glob.indexOf('*');
    if (star < 0) {
      return glob.equals(model);
    }
    int from = star;
    boolean isPossible = model.startsWith(glob.substring(0, star));
    for (int next = glob.indexOf('*', star + 1);
        next >= 0 && isPossible;
        next = glob.indexOf('*', star + 1)) {
      String part = glob.substring(star + 1, next);
      int found = model.indexOf(part, from);
      isPossible = found >= 0;
      from = found + part.length();
      star = next;
    }
    String tail = glob.substring(star + 1);
    return isPossible && model.length() - tail.length() >= from && model.endsWith(tail);
  }
}
