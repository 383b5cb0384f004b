package dev.tollgate.corpus;

/**
 * A request of the corpus.
 *
 * @param category a row of the table
 * @param name tells it from the others
 * @param path of the endpoint that it goes to
 */
record CorpusRequest(String category, String name, String path, String body) {
  @Override
  public String toString() {
    return category + ": " + name;
  }
}
