package dev.tollgate.config;

/**
 * How files are watched.
 *
 * @param pollMillis how often they are looked at even if the system announces nothing, as for
 *     network file systems
 * @param quietMillis how long nothing must change before a change is read
 * @param unquietMillisMax after which it is read all the same
 */
public record WatcherSettings(long pollMillis, long quietMillis, long unquietMillisMax) {
  public static final WatcherSettings DEFAULT = new WatcherSettings(2000, 150, 2000);
}
