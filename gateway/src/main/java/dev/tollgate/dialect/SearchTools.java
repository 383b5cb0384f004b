package dev.tollgate.dialect;

/**
 * The tools of a request with which the provider itself searches the web, while they are read: how
 * many searches that may come to. Those that are made are told by the answer. Not for use by two
 * threads.
 */
final class SearchTools {
  /** Of a tool without a bound of its own; models seldom search as often for one answer. */
  static final long SEARCHES_ASSUMED = 10;

  /** A bound beyond this is no bound. */
  private static final long USES_MAX = 1000;

  /** {@code web_search_20250305} and later ones. */
  private static final String WEB_SEARCH = "web_search";

  private long searchesMax;
  private boolean isSearch;
  private long usesMax;

  void begin() {
    isSearch = false;
    usesMax = SEARCHES_ASSUMED;
  }

  void type(String type) {
    isSearch = type.startsWith(WEB_SEARCH);
  }

  void usesMax(long uses) {
    usesMax = uses > 0 ? Math.min(uses, USES_MAX) : SEARCHES_ASSUMED;
  }

  void end() {
    if (isSearch) {
      searchesMax += usesMax;
    }
  }

  /** One that is known as such by its name alone, and has no bound. */
  void search() {
    searchesMax += SEARCHES_ASSUMED;
  }

  long searchesMax() {
    return searchesMax;
  }
}
