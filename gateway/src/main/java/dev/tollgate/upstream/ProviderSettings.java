package dev.tollgate.upstream;

import java.net.URI;
import java.time.Duration;

/**
 * One model provider, as configured.
 *
 * @param dialect the name of its wire format: {@code openai}, {@code anthropic}
 * @param baseUrl {@code http} or {@code https}, without a trailing slash; its path may have a
 *     {@link #MODEL_PLACE}
 * @param apiKey a secret; empty when the provider wants none
 * @param connectMillisMax for the connection and its TLS handshake
 * @param firstByteMillisMax from the request's last byte to the answer's head
 * @param idleMillisMax without a byte in the middle of an answer
 * @param totalMillisMax for the whole call
 * @param connectionsMax per event loop
 * @param waitingMax requests waiting for a connection, per event loop
 * @param waitingMillisMax how long each of them waits
 * @param idleConnectionMillisMax after which a kept-alive connection is closed
 * @param trustCertificates a PEM file of the certificates to trust instead of the JDK's; empty for
 *     those
 * @param reach what else it takes to reach it
 */
public record ProviderSettings(
    String name,
    String dialect,
    URI baseUrl,
    String apiKey,
    int connectMillisMax,
    int firstByteMillisMax,
    int idleMillisMax,
    long totalMillisMax,
    int connectionsMax,
    int waitingMax,
    int waitingMillisMax,
    int idleConnectionMillisMax,
    String trustCertificates,
    Reach reach) {
  /** Where the model's name goes in the path of a base URL: a URI spells {@code {model}} so. */
  public static final String MODEL_PLACE = "%7Bmodel%7D";

  /** Settings with the defaults for everything but who and where. */
  public static ProviderSettings of(String name, String dialect, URI baseUrl, String apiKey) {
    return new ProviderSettings(
        name,
        dialect,
        baseUrl,
        apiKey,
        (int) Duration.ofSeconds(5).toMillis(),
        (int) Duration.ofMinutes(10).toMillis(),
        (int) Duration.ofMinutes(5).toMillis(),
        Duration.ofHours(1).toMillis(),
        512,
        1024,
        (int) Duration.ofSeconds(5).toMillis(),
        (int) Duration.ofSeconds(50).toMillis(),
        "",
        Reach.PLAIN);
  }

  /** The same provider, with whom HTTP/1.1 is spoken, for calls that need no warm connection. */
  ProviderSettings overHttp1() {
    return with(reach.with(Http2Use.NEVER, /* otherWarmConnections= */ 0));
  }

  /** The same provider, reached in another way. */
  ProviderSettings with(Reach otherReach) {
    return new ProviderSettings(
        name,
        dialect,
        baseUrl,
        apiKey,
        connectMillisMax,
        firstByteMillisMax,
        idleMillisMax,
        totalMillisMax,
        connectionsMax,
        waitingMax,
        waitingMillisMax,
        idleConnectionMillisMax,
        trustCertificates,
        otherReach);
  }

  /** How long a call may take, where nothing else is said of it. */
  public CallBounds bounds() {
    return new CallBounds(connectMillisMax, firstByteMillisMax, idleMillisMax, totalMillisMax);
  }

  /** Whether the model's name is part of the URL. */
  public boolean hasModelInUrl() {
    return baseUrl.getRawPath() != null && baseUrl.getRawPath().contains(MODEL_PLACE);
  }

  @Override
  public String toString() {
    return name + " (" + dialect + " at " + baseUrl + ")";
  }
}
