package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A redis-server as a child of the gateway, on a private unix socket, with an append-only file. It
 * is started again when it dies, stops with {@link #close}, and cannot outlive this process for
 * long, however that ends. Starting and closing block: not for event loops.
 */
@Blocking
public final class EmbeddedRedis implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedRedis.class);

  private static final long RESTART_MILLIS_MIN = 100;

  private final EmbeddedRedisSettings settings;
  private final RedisDirectory directory;
  private final RedisBinary binary;
  private final Thread watcher;

  // Guarded by this.
  private RedisProcess process;
  private boolean isClosing;

  private EmbeddedRedis(
      EmbeddedRedisSettings settings, RedisDirectory directory, RedisBinary binary) {
    this.settings = settings;
    this.directory = directory;
    this.binary = binary;
    this.process = RedisProcess.start(binary, directory);
    this.watcher = Thread.ofVirtual().name("embedded-redis").unstarted(this::watch);
  }

  /**
   * Starts a server and waits until it has loaded its data.
   *
   * @throws EmbeddedRedisException when another gateway uses the directory, or none can be started
   */
  public static EmbeddedRedis start(EmbeddedRedisSettings settings) {
    RedisDirectory directory = RedisDirectory.open(settings.dataDirectory());
    try {
      directory.awaitPrevious(settings.stopMillisMax());
      directory.trimLog(settings.logBytesMax());
      RedisBinary binary =
          RedisBinary.find(settings.searchPath(), directory.path().resolve("bundled"));
      directory.checkVersion(binary.version());
      EmbeddedRedis redis = new EmbeddedRedis(settings, directory, binary);
      redis.awaitReadyOrStop(redis.current());
      redis.watcher.start();
      log.info("embedded Redis {} ({}) is up", binary.version(), binary.file());
      return redis;
    } catch (RuntimeException failure) {
      directory.close();
      throw failure;
    }
  }

  private void awaitReadyOrStop(RedisProcess started) {
    try {
      started.awaitReady(settings.startMillisMax());
    } catch (EmbeddedRedisException failure) {
      started.stop(settings.stopMillisMax());
      throw failure;
    }
  }

  /** Where it listens, as {@link LedgerSettings} take it. */
  public String uri() {
    return "unix:" + directory.socket();
  }

  /** Of the server, such as {@code 7.0.15}. */
  public String version() {
    return binary.version().toString();
  }

  /** Starts it again whenever it ends without having been told to. */
  private void watch() {
    long pauseMillis = RESTART_MILLIS_MIN;
    try {
      while (!isClosing()) {
        int status = current().awaitEnd();
        if (isClosing()) {
          return;
        }
        log.error("the embedded Redis ended with status {}: starting it again", status);
        TimeUnit.MILLISECONDS.sleep(pauseMillis);
        pauseMillis =
            isRestarted()
                ? RESTART_MILLIS_MIN
                : Math.min(2 * pauseMillis, settings.restartMillisMax());
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isRestarted() {
    try {
      directory.awaitPrevious(settings.stopMillisMax());
      awaitReadyOrStop(startUnlessClosing());
      log.info("the embedded Redis is up again");
      return true;
    } catch (EmbeddedRedisException failure) {
      log.error("the embedded Redis cannot be started again", failure);
      return false;
    }
  }

  private synchronized RedisProcess startUnlessClosing() {
    if (!isClosing) {
      process = RedisProcess.start(binary, directory);
    }
    return process;
  }

  private synchronized RedisProcess current() {
    return process;
  }

  private synchronized boolean isClosing() {
    return isClosing;
  }

  private synchronized boolean beginClosing() {
    boolean isFirst = !isClosing;
    isClosing = true;
    return isFirst;
  }

  /** Stops the server in good order and lets go of the directory. */
  @Override
  public void close() {
    if (!beginClosing()) {
      return;
    }
    current().stop(settings.stopMillisMax());
    watcher.interrupt();
    try {
      watcher.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    directory.awaitPrevious(settings.stopMillisMax()); // should its supervisor have been killed
    directory.close();
  }
}
