package dev.tollgate.config;

import dev.tollgate.upstream.ClientIdentity;
import dev.tollgate.upstream.Http2Use;
import dev.tollgate.upstream.ProxyAddress;
import dev.tollgate.upstream.Reach;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
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
        key == null ? "" : key.toString(),
        provider.readOrNull("proxy", ReachReader::proxy),
        provider.read("http2", Http2Use.OFFERED, value -> http2(value, isTls)),
        provider.integer("warm_connections", 0, 0, 10_000));
  }

  private static Http2Use http2(Value value, boolean isTls) {
    String word = value.choice("true", List.of("true", "false", "prior_knowledge"), List.of());
    if (word.equals("prior_knowledge") && isTls) {
      value.fault("is for http: over https the provider says what it speaks");
    }
    return switch (word) {
      case "false" -> Http2Use.NEVER;
      case "prior_knowledge" -> Http2Use.PRIOR_KNOWLEDGE;
      default -> Http2Use.OFFERED;
    };
  }

  /** None of it is quoted: it may carry a password. */
  private static @Nullable ProxyAddress proxy(Value value) {
    if (value.node() instanceof Node.Scalar scalar && scalar.value().equals("none")) {
      return null;
    }
    URI url = value.uri(List.of("http"));
    if (url == null) {
      return null;
    }
    String authority = url.getRawAuthority();
    int at = authority.lastIndexOf('@');
    String place = authority.substring(at + 1);
    int colon = place.lastIndexOf(':');
    if (colon <= place.lastIndexOf(']') || colon + 1 == place.length()) {
      value.fault("must name the port: http://host:3128");
      return null;
    }
    if (hasMore(url)) {
      value.fault("must end with the port: a proxy has no path");
      return null;
    }
    String[] credentials = at < 0 ? new String[0] : authority.substring(0, at).split(":", 2);
    String user = credentials.length > 0 ? decoded(credentials[0]) : "";
    String password = credentials.length > 1 ? decoded(credentials[1]) : "";
    if (at >= 0 && (user.isEmpty() || user.contains(":"))) {
      value.fault("must have a user, without a colon in its name, before the @");
      return null;
    }
    String host = place.substring(0, colon).replace("[", "").replace("]", "");
    return new ProxyAddress(host, Integer.parseInt(place.substring(colon + 1)), user, password);
  }

  private static boolean hasMore(URI url) {
    boolean hasPath = !url.getRawPath().isEmpty() && !url.getRawPath().equals("/");
    return hasPath || url.getRawQuery() != null || url.getRawFragment() != null;
  }

  /** {@link URI} has seen to it that it can be. A plus sign is one. */
  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
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
