package dev.tollgate.dialect;

import dev.tollgate.domain.Spelling;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * In what a provider differs from those who otherwise speak its dialect: a row for each that does.
 * Which reported figures contain which is told by {@link dev.tollgate.metering.Surface}; endpoints
 * say which of its rows a variant has. What providers merely add, such as a second place for their
 * usage, is read from all of them and needs no row here.
 */
@SuppressWarnings("ImmutableEnumChecker") // all lists are of List.of
public enum Variant {
  /** As the dialect has it. */
  STANDARD(
      StreamUsage.ON_REQUEST,
      KeyHeader.AUTHORIZATION,
      List.of("deepseek", "groq", "moonshot", "vllm", "sglang"),
      List.of()),
  /** Counts the reasoning of chats beside the output. */
  XAI(StreamUsage.ON_REQUEST, KeyHeader.AUTHORIZATION, List.of(), List.of("api.x.ai")),
  MISTRAL(StreamUsage.ALWAYS, KeyHeader.AUTHORIZATION, List.of(), List.of("mistral.ai")),
  OPENROUTER(StreamUsage.ALWAYS, KeyHeader.AUTHORIZATION, List.of(), List.of("openrouter.ai")),
  AZURE(
      StreamUsage.ON_REQUEST,
      KeyHeader.API_KEY,
      List.of(),
      List.of("openai.azure.com", "services.ai.azure.com", "cognitiveservices.azure.com")),
  /** May answer with the counters of its native API. */
  OLLAMA(StreamUsage.ON_REQUEST, KeyHeader.AUTHORIZATION, List.of(), List.of());

  /** When a stream reports its usage. */
  enum StreamUsage {
    /** When the request asks for it. */
    ON_REQUEST,
    /** In any case; the request must not, or need not, ask. */
    ALWAYS
  }

  /** In which header an OpenAI-style provider wants its key. */
  enum KeyHeader {
    /** As a bearer token. */
    AUTHORIZATION,
    /** In {@code api-key}. */
    API_KEY
  }

  private final StreamUsage streamUsage;
  private final KeyHeader keyHeader;
  private final List<String> alike;
  private final List<String> hosts;

  /**
   * @param alike further names in {@code gateway.yaml}, of providers with the same row
   * @param hosts whose providers are known by them, and by what is below them
   */
  Variant(StreamUsage streamUsage, KeyHeader keyHeader, List<String> alike, List<String> hosts) {
    this.streamUsage = streamUsage;
    this.keyHeader = keyHeader;
    this.alike = alike;
    this.hosts = hosts;
  }

  /** Whether streams report their usage unasked, and must not be asked. */
  public boolean reportsUsageUnasked() {
    return streamUsage == StreamUsage.ALWAYS;
  }

  KeyHeader keyHeader() {
    return keyHeader;
  }

  /** As in {@code gateway.yaml}: {@code xai}. */
  public String key() {
    return Spelling.of(this);
  }

  public static Optional<Variant> named(String name) {
    return Stream.of(values())
        .filter(variant -> variant.key().equals(name) || variant.alike.contains(name))
        .findFirst();
  }

  /** All that may stand in {@code gateway.yaml}. */
  public static List<String> names() {
    return Stream.of(values())
        .flatMap(variant -> Stream.concat(Stream.of(variant.key()), variant.alike.stream()))
        .toList();
  }

  /**
   * Of a provider whose settings do not say.
   *
   * @param host of its base URL
   */
  public static Variant ofHost(String host) {
    String name = "." + host.toLowerCase(Locale.ROOT);
    return Stream.of(values())
        .filter(variant -> variant.hosts.stream().anyMatch(known -> name.endsWith("." + known)))
        .findFirst()
        .orElse(STANDARD);
  }
}
