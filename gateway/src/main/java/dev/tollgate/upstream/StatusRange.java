package dev.tollgate.upstream;

/**
 * Some statuses of answers.
 *
 * @param first of them
 * @param last of them
 */
public record StatusRange(int first, int last) {
  public StatusRange {
    if (first < 200 || last > 599 || first > last) {
      throw new IllegalArgumentException("no range of final statuses: " + first + "-" + last);
    }
  }

  public boolean contains(int status) {
    return status >= first && status <= last;
  }

  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
