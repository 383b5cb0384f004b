package dev.tollgate.archive;

/**
 * How many may read in the books at once.
 *
 * @param readersMax threads, each of which needs a connection to the database
 * @param readsWaitingMax questions that wait for one of them; more are refused
 */
public record ReadSettings(int readersMax, int readsWaitingMax) {
  public static final ReadSettings DEFAULT = new ReadSettings(4, 256);

  public ReadSettings {
    if (readersMax < 1 || readersMax > 1_000 || readsWaitingMax < 1 || readsWaitingMax > 100_000) {
      throw new IllegalArgumentException(
          "1 to 1,000 readers and 1 to 100,000 waiting, not "
              + readersMax
              + ", "
              + readsWaitingMax);
    }
  }
}
