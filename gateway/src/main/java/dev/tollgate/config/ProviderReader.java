package dev.tollgate.config;

import dev.tollgate.dialect.Variant;
import dev.tollgate.proxy.Provider;
import dev.tollgate.upstream.ProviderSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one provider of {@code gateway.yaml}. */
final class ProviderReader {
  static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

  private static final List<String> DIALECTS =
      List.of("openai", "anthropic", "gemini", "cohere", "plain");

  /** Braces in a base URL. */
  private static final Pattern PLACES =
      Pattern.compile("[^{}]*|[a-z]+://[^{}/]+/([^{}]|\\{model})*");

  private static final URI NOWHERE = URI.create("http://localhost");

  private final Path directory;

  ProviderReader(Path directory) {
    this.directory = directory;
  }

  Provider read(String name, Section section) {
    section.require("dialect", "base_url");
    ProviderSettings fallback =
        ProviderSettings.of(
            name,
            section.read("dialect", "openai", it -> it.choice("openai", DIALECTS, List.of())),
            section.read("base_url", NOWHERE, ProviderReader::baseUrl),
            section.read("api_key", "", Value::secret));
    if (fallback.hasModelInUrl() && fallback.dialect().equals("plain")) {
      section.fault("has a place for a model in its base_url, but plain routes name none");
    }
    return new Provider(
        bounded(fallback, section),
        section.read("variant", variantOf(fallback.baseUrl()), ProviderReader::variant),
        section.read("on_disconnect", true, ProviderReader::drains),
        keepsFiles(fallback, section),
        section.has("health_check")
            ? section.section("health_check", it -> HealthCheckReader.read(it, fallback))
            : null);
  }

  /** Files, batches and jobs name no model: who wants one in each URL cannot keep them. */
  private static @Nullable Boolean keepsFiles(ProviderSettings settings, Section section) {
    Boolean says = section.readOrNull("files", value -> value.flag(false));
    if (!settings.hasModelInUrl()) {
      return says;
    }
    Value value = section.value("files");
    if (value != null && Boolean.TRUE.equals(says)) {
      value.fault(
          "cannot be kept: base_url has a place for a model, and requests for files name none");
    }
    return false;
  }

  private ProviderSettings bounded(ProviderSettings fallback, Section section) {
    return new ProviderSettings(
        fallback.name(),
        fallback.dialect(),
        fallback.baseUrl(),
        fallback.apiKey(),
        section.millis("connect_millis_max", fallback.connectMillisMax()),
        section.millis("first_byte_millis_max", fallback.firstByteMillisMax()),
        section.millis("idle_millis_max", fallback.idleMillisMax()),
        section.millis("total_millis_max", fallback.totalMillisMax()),
        section.count("connections_max", fallback.connectionsMax()),
        section.integer("waiting_max", fallback.waitingMax(), 0, Integer.MAX_VALUE),
        section.millis("waiting_millis_max", fallback.waitingMillisMax()),
        section.millis("idle_connection_millis_max", fallback.idleConnectionMillisMax()),
        section.read("trust_certificates", "", file -> file.existingFile(directory).toString()),
        new ReachReader(directory).read(section, "https".equals(fallback.baseUrl().getScheme())));
  }

  private static URI baseUrl(Value value) {
    String text = value.node() instanceof Node.Scalar scalar ? scalar.value() : "";
    if (text.contains("?")) {
      value.fault("must not have a query: `query` is the place for it");
      return NOWHERE;
    }
    if (!PLACES.matcher(text).matches()) {
      value.fault("may have the place {model} in its path, and no other");
      return NOWHERE;
    }
    URI url = plainUrl(value.replacing("{model}", ProviderSettings.MODEL_PLACE));
    return url == null ? NOWHERE : url;
  }

  /** An http or https URL to which paths can be appended, without a trailing slash. */
  static @Nullable URI plainUrl(Value value) {
    URI url = value.uri(List.of("http", "https"));
    if (url == null) {
      return null;
    }
    if (url.getRawAuthority().contains("@")) {
      value.fault("must not carry a user or password");
      return null;
    }
    if (url.getQuery() != null || url.getFragment() != null) {
      value.fault("must not have a query or fragment: paths are appended to it");
      return null;
    }
    String text = url.toString();
    return text.endsWith("/") ? URI.create(text.replaceFirst("/+$", "")) : url;
  }

  /** An authority with an underscore has no host, as far as Java is concerned. */
  private static Variant variantOf(URI baseUrl) {
    String host = baseUrl.getHost();
    return host == null ? Variant.STANDARD : Variant.ofHost(host);
  }

  private static Variant variant(Value value) {
    return Variant.named(value.choice(Variant.STANDARD.key(), Variant.names(), List.of()))
        .orElse(Variant.STANDARD);
  }

  private static boolean drains(Value value) {
    return value.choice("drain", List.of("drain", "cancel"), List.of()).equals("drain");
  }
}
