package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import redis.embedded.core.ExecutableProvider;

/** A redis-server or valkey-server that can be run here. Blocks: not for event loops. */
@Blocking
record RedisBinary(Path file, RedisVersion version) {
  private static final List<String> NAMES = List.of("valkey-server", "redis-server");

  /** No bundled server of any platform is newer. */
  private static final RedisVersion BUNDLED_AT_MOST = new RedisVersion(6, 2, 7);

  private static final int VERSION_CHARACTERS_MAX = 1_000;

  /**
   * The newest on the search path, when it is newer than the bundled one, else the bundled one.
   *
   * @param extracted the directory into which the bundled one is put
   * @throws EmbeddedRedisException when there is none for this platform
   */
  static RedisBinary find(String searchPath, Path extracted) {
    return Stream.of(searchPath.split(Pattern.quote(File.pathSeparator), -1))
        .filter(directory -> !directory.isEmpty())
        .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .flatMap(file -> examine(file).stream())
        .max(Comparator.comparing(RedisBinary::version))
        .filter(best -> best.version().isAtLeast(BUNDLED_AT_MOST))
        .orElseGet(() -> bundled(extracted));
  }

  private static RedisBinary bundled(Path extracted) {
    String advice = "; install redis-server 6.2 or later, or configure an external Redis";
    try {
      Files.createDirectories(extracted);
      File file = ExecutableProvider.newJarResourceProvider(extracted.toFile()).get();
      return examine(file.toPath())
          .filter(binary -> binary.version().isAtLeast(RedisVersion.OLDEST_SUPPORTED))
          .orElseThrow(
              () ->
                  new EmbeddedRedisException("the bundled redis-server cannot run here" + advice));
    } catch (IOException
        | UncheckedIOException
        | IllegalArgumentException
        | NullPointerException e) {
      // The artifact throws what it likes on a platform for which it has no server.
      throw new EmbeddedRedisException("no bundled redis-server for this platform" + advice, e);
    }
  }

  /** Asks a server for its version; empty when it does not say. */
  private static Optional<RedisBinary> examine(Path file) {
    try {
      Process process =
          new ProcessBuilder(file.toString(), "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      byte[] said = process.getInputStream().readNBytes(VERSION_CHARACTERS_MAX);
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      return RedisVersion.find(new String(said, StandardCharsets.UTF_8))
          .map(version -> new RedisBinary(file, version));
    } catch (IOException cannotRun) {
      return Optional.empty();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new EmbeddedRedisException("interrupted while starting", interrupted);
    }
  }
}
