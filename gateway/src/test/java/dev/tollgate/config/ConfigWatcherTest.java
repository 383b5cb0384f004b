package dev.tollgate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatcherTest {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir private Path directory;

  /** What a listener was told. */
  private record News(
      @Nullable Snapshot snapshot, List<Finding> needRestart, List<Finding> faults) {}

  private volatile boolean isListenerBroken;
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final ConfigListener listener =
      new ConfigListener() {
        @Override
        public void reloaded(Snapshot snapshot, List<Finding> notices, List<Finding> needRestart) {
          news.add(new News(snapshot, needRestart, List.of()));
          if (isListenerBroken) {
            throw new IllegalStateException("broken on purpose");
          }
        }

        @Override
        public void rejected(List<Finding> faults) {
          news.add(new News(null, List.of(), faults));
        }
      };

  private ConfigFiles files;
  private ConfigWatcher watcher;

  @BeforeEach
  void start() throws Exception {
    files = new ConfigFiles(directory).write(ConfigFiles.GATEWAY, ConfigFiles.RATES);
    watcher = watcher(files.valid(), new WatcherSettings(200, 50, 1000));
    watcher.start();
  }

  private ConfigWatcher watcher(Snapshot started, WatcherSettings settings) throws Exception {
    return new ConfigWatcher(ConfigFiles.loader(), started, listener, settings, System::nanoTime);
  }

  @AfterEach
  void stop() throws Exception {
    watcher.close();
  }

  private News next() throws InterruptedException {
    News next = news.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(next).as("news within %d s", PATIENCE_SECONDS).isNotNull();
    return next;
  }

  /** A writer that is held up for long between emptying a file and filling it is seen at it. */
  private News nextValid() throws InterruptedException {
    News next = next();
    while (next.snapshot() == null) {
      next = next();
    }
    return next;
  }

  private static Snapshot valid(News news) {
    return Objects.requireNonNull(news.snapshot(), () -> "faults: " + news.faults());
  }

  private static List<String> models(News news) {
    return List.copyOf(valid(news).rates().models().keySet());
  }

  @Test
  void cardWrittenInPlace_isReloaded() throws Exception {
    Files.writeString(files.rates(), ConfigFiles.RATES.replace("llama:", "alpaca:"));

    assertThat(models(nextValid())).containsExactly("alpaca");
  }

  @Test
  void cardReplacedAtomically_isReloaded() throws Exception {
    Path other = directory.resolve("rates.yaml.new");
    Files.writeString(other, ConfigFiles.RATES.replace("llama:", "alpaca:"));
    Files.move(other, files.rates(), StandardCopyOption.ATOMIC_MOVE);

    assertThat(models(nextValid())).containsExactly("alpaca");
  }

  @Test
  void mountedMap_whoseLinkMoves_isReloaded() throws Exception {
    Path mount = Files.createDirectory(directory.resolve("mount"));
    Path first = Files.createDirectory(mount.resolve("..1"));
    new ConfigFiles(first).write(ConfigFiles.GATEWAY, ConfigFiles.RATES);
    Path second = Files.createDirectory(mount.resolve("..2"));
    new ConfigFiles(second)
        .write(ConfigFiles.GATEWAY, ConfigFiles.RATES.replace("llama:", "alpaca:"));
    Path data = Files.createSymbolicLink(mount.resolve("..data"), Path.of("..1"));
    ConfigFiles mounted = new ConfigFiles(mount);
    Files.createSymbolicLink(mounted.gateway(), Path.of("..data/gateway.yaml"));
    Files.createSymbolicLink(mounted.rates(), Path.of("..data/rates.yaml"));

    try (ConfigWatcher mountWatcher =
        watcher(mounted.valid(), new WatcherSettings(100, 50, 1000))) {
      mountWatcher.start();
      Path next = Files.createSymbolicLink(mount.resolve("..next"), Path.of("..2"));
      Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);

      assertThat(models(nextValid())).containsExactly("alpaca");
    }
  }

  @Test
  void invalidChange_isRejectedAndTheNextValidOneTaken() throws Exception {
    Files.writeString(files.rates(), ConfigFiles.RATES + "planz: {}\n");

    News rejected = next();
    assertThat(rejected.snapshot()).isNull();
    assertThat(rejected.faults()).singleElement().extracting(Finding::key).isEqualTo("planz");

    Files.writeString(files.rates(), ConfigFiles.RATES.replace("llama:", "alpaca:"));
    assertThat(models(nextValid())).containsExactly("alpaca");
  }

  @Test
  void cardNamedElsewhere_isWatchedThere() throws Exception {
    Path elsewhere = Files.createDirectory(directory.resolve("cards")).resolve("card.yaml");
    Files.writeString(elsewhere, ConfigFiles.RATES + "planz: {}\n");
    Files.writeString(files.gateway(), ConfigFiles.GATEWAY + "rate_card: cards/card.yaml\n");
    assertThat(next().faults()).hasSize(1);

    Files.writeString(elsewhere, ConfigFiles.RATES.replace("llama:", "alpaca:"));
    assertThat(models(nextValid())).containsExactly("alpaca");
  }

  @Test
  void changeBetweenReadingAndWatching_isNotMissed() throws Exception {
    Snapshot started = files.valid();
    watcher.close();
    Files.writeString(files.rates(), ConfigFiles.RATES.replace("llama:", "alpaca:"));
    watcher = watcher(started, WatcherSettings.DEFAULT);
    watcher.start();

    assertThat(models(nextValid())).containsExactly("alpaca");
  }

  @Test
  void settingsThatNeedARestart_areNamed() throws Exception {
    String gateway =
        ConfigFiles.GATEWAY.replace("${TOKEN}\"", "other\", port: 1")
            + "data_dir: elsewhere\n"
            + "listen: { port: 1 }\n"
            + "redis: redis://host\n"
            + "key_prefix: a_\n"
            + "public_url: http://x\n"
            + "limits:\n"
            + "  http: { backlog: 1 }\n"
            + "  quotes: { tokens_per_image: 1 }\n";
    Files.writeString(files.gateway(), gateway);

    News reloaded = nextValid();
    assertThat(reloaded.needRestart())
        .extracting(finding -> finding.key() + " " + finding.place().line())
        .containsExactly(
            "listen 8", "ops 1", "public_url 11", "data_dir 7", "redis 9", "limits.http 13");
    assertThat(valid(reloaded).gateway().keyPrefix()).isEqualTo("a_");
  }

  @Test
  void tokenAlone_needsNoRestart() throws Exception {
    Files.writeString(files.gateway(), ConfigFiles.GATEWAY.replace("${TOKEN}", "other"));

    News reloaded = nextValid();
    assertThat(reloaded.needRestart()).isEmpty();
    assertThat(valid(reloaded).gateway().ops().adminToken()).isEqualTo("other");
  }

  @Test
  void reloadOnDemand_answersAndTellsTheListener() throws Exception {
    Checked<Snapshot> checked = watcher.reload();

    assertThat(checked).isInstanceOf(Checked.Valid.class);
    assertThat(models(nextValid())).containsExactly("llama");
  }

  @Test
  void listenerThatFails_doesNotEndTheWatch() throws Exception {
    isListenerBroken = true;
    Files.writeString(files.rates(), ConfigFiles.RATES.replace("llama:", "alpaca:"));
    assertThat(models(nextValid())).containsExactly("alpaca");

    Files.writeString(files.rates(), ConfigFiles.RATES.replace("llama:", "vicuna:"));
    assertThat(models(nextValid())).containsExactly("vicuna");
  }

  @Test
  void closedWatcher_hearsNothing() throws Exception {
    watcher.close();
    watcher.close();
    Files.writeString(files.rates(), ConfigFiles.RATES.replace("llama:", "alpaca:"));

    assertThat(news).isEmpty();
  }
}
