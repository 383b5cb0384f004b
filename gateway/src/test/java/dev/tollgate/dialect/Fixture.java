package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * One recorded answer: {@code answer} as a provider sends it, {@code forwarded} as the client gets
 * it where that differs, {@code expect.properties} for what must be counted.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Fixture(Path folder, byte[] answer, byte[] forwarded, Properties expect) {
  private static final String ANSWER = "answer";

  static List<Fixture> allOf(String endpoint) {
    Path all = Path.of("src/test/resources/fixtures", endpoint);
    if (!Files.exists(all)) {
      return List.of();
    }
    try (var folders = Files.walk(all)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve(ANSWER)))
          .sorted()
          .map(Fixture::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Fixture read(Path folder) {
    try (Reader reader = Files.newBufferedReader(folder.resolve("expect.properties"), UTF_8)) {
      Properties expect = new Properties();
      expect.load(reader);
      byte[] answer = Files.readAllBytes(folder.resolve(ANSWER));
      Path forwarded = folder.resolve("forwarded");
      return new Fixture(
          folder, answer, Files.exists(forwarded) ? Files.readAllBytes(forwarded) : answer, expect);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return folder.getFileName().toString();
  }

  String contentType() {
    return expect.getProperty("contentType", "");
  }

  String contentEncoding() {
    return expect.getProperty("contentEncoding", "");
  }

  Variant variant() {
    return Variant.named(expect.getProperty("variant", "standard")).orElseThrow();
  }

  int status() {
    return Integer.parseInt(expect.getProperty("status", "200"));
  }

  boolean isTrue(String key) {
    return Boolean.parseBoolean(expect.getProperty(key, "false"));
  }
}
