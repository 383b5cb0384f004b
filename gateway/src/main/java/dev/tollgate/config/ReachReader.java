package dev.tollgate.config;

import dev.tollgate.upstream.ClientIdentity;
import dev.tollgate.upstream.Reach;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what it takes to reach a provider, beside its URL and its key. */
final class ReachReader {
  /** What files are named relative to. */
  private final Path directory;

  ReachReader(Path directory) {
    this.directory = directory;
  }

  /**
   * @param provider the section
   * @param isTls whether its URL says so
   */
  Reach read(Section provider, boolean isTls) {
    Path certificate = provider.readOrNull("client_certificate", this::file);
    Path key = provider.readOrNull("client_key", this::file);
    checkIdentity(provider, certificate, key, isTls);
    return new Reach(
        provider.section("query", ReachReader::query),
        provider.section("headers", HeaderEditsReader::read),
        certificate == null ? "" : certificate.toString(),
        key == null ? "" : key.toString());
  }

  private Path file(Value value) {
    return value.existingFile(directory);
  }

  private static void checkIdentity(
      Section provider, @Nullable Path certificate, @Nullable Path key, boolean isTls) {
    if (certificate == null && key == null) {
      return;
    }
    provider.require("client_certificate", "client_key");
    if (certificate == null || key == null) {
      return;
    }
    if (!isTls) {
      fault(provider, "client_certificate", "is shown to nobody: base_url is not https");
    }
    if (Files.isReadable(certificate)
        && Files.isReadable(key)
        && ClientIdentity.read(certificate, key)
            instanceof ClientIdentity.Unusable(boolean isKey, String problem)) {
      fault(provider, isKey ? "client_key" : "client_certificate", problem);
    }
  }

  private static void fault(Section provider, String key, String message) {
    Value value = provider.value(key);
    if (value != null) {
      value.fault(message);
    }
  }

  private static Map<String, String> query(Section query) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Section.Named named : query.named()) {
      if (named.name().isEmpty()) {
        named.fault("expected the name of a parameter");
      }
      values.put(named.name(), named.value().text(""));
    }
    return values;
  }
}
