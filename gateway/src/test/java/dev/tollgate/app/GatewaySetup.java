package dev.tollgate.app;

import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.TestCertificate;
import java.util.EnumMap;
import java.util.Map;

/** What is not as usual about a gateway of a test. */
final class GatewaySetup {
  static final GatewaySetup USUAL = new GatewaySetup(Map.of());

  private enum Part {
    ON_DISCONNECT("drain"),
    SILENCE_MAX("30s"),
    TLS(""),
    TRUST(""),
    PROVIDERS(""),
    MODELS(""),
    REDIS(""),
    LIMITS(""),
    REQUESTS(""),
    RATES(""),
    SECTIONS(""),
    ARCHIVE("");

    private final String usual;

    Part(String usual) {
      this.usual = usual;
    }
  }

  private final Map<Part, String> unusual;

  private GatewaySetup(Map<Part, String> unusual) {
    this.unusual = unusual;
  }

  private GatewaySetup with(Part part, String value) {
    Map<Part, String> more = new EnumMap<>(Part.class);
    more.putAll(unusual);
    more.put(part, value);
    return new GatewaySetup(more);
  }

  private String get(Part part) {
    return unusual.getOrDefault(part, part.usual);
  }

  /** A plain API at that provider, named {@code feed}, for routes to be sold of. */
  static String feedOf(FakeProvider provider) {
    return "feed: { dialect: plain, base_url: \"%s\", api_key: \"${PROVIDER_KEY}\" }\n"
        .formatted(provider.baseUrl());
  }

  /**
   * With {@code GET /api/premium/**} for $0.02 a call, which that provider answers.
   *
   * @param moreRates what else stands on the card
   */
  static GatewaySetup sellingPremium(FakeProvider provider, String moreRates) {
    provider.onAllOf("/api/premium", request -> Answer.ofNothing(200, "{}").script());
    return USUAL
        .with(feedOf(provider), "")
        .rates(
            """
            routes: [ { match: "GET /api/premium/**", provider: feed, fees: { request: 0.02 } } ]
            """
                + moreRates);
  }

  /** What else stands on the card, as YAML lines. */
  GatewaySetup rates(String more) {
    return with(Part.RATES, more);
  }

  /** Another Redis than the one that all tests share, as YAML. */
  GatewaySetup redis(String yaml) {
    return with(Part.REDIS, yaml);
  }

  /** Another archive than the one of all gateways on that Redis, as a URL. */
  GatewaySetup archive(String url) {
    return with(Part.ARCHIVE, url);
  }

  /** More sections of the gateway's file, as YAML lines. */
  GatewaySetup sections(String more) {
    return with(Part.SECTIONS, more);
  }

  /** Taking payments on a page of its own. */
  GatewaySetup simulatingPayments() {
    return sections("payments: { provider: simulated }\n");
  }

  /** More limits, as YAML lines. */
  GatewaySetup limits(String more) {
    return with(Part.LIMITS, more);
  }

  /** More limits of requests, as fields of a YAML map. */
  GatewaySetup requests(String more) {
    return with(Part.REQUESTS, ", " + more);
  }

  /** {@code drain} or {@code cancel}. */
  GatewaySetup onDisconnect(String what) {
    return with(Part.ON_DISCONNECT, what);
  }

  /** How long the provider may say nothing, as {@code 2s}. */
  GatewaySetup silenceMax(String time) {
    return with(Part.SILENCE_MAX, time);
  }

  /** More of both, as YAML lines. */
  GatewaySetup with(String moreProviders, String moreModels) {
    return with(Part.PROVIDERS, moreProviders).with(Part.MODELS, moreModels);
  }

  /** TLS on the public port, and before the providers, whose certificates are checked by theirs. */
  GatewaySetup secured(TestCertificate ours, TestCertificate theirs) {
    String files =
        ", tls: { certificate: \"%s\", private_key: \"%s\" }"
            .formatted(ours.certificatePem(), ours.privateKeyPem());
    return with(Part.TLS, files).with(Part.TRUST, theirs.certificatePem().toString());
  }

  String onDisconnect() {
    return get(Part.ON_DISCONNECT);
  }

  String silenceMax() {
    return get(Part.SILENCE_MAX);
  }

  boolean isSecured() {
    return !tls().isEmpty();
  }

  /** Certificate and key of the public port, as YAML; empty for none. */
  String tls() {
    return get(Part.TLS);
  }

  /** A PEM file that the providers' certificates are checked by; empty for none. */
  String trust() {
    return get(Part.TRUST);
  }

  String providers() {
    return get(Part.PROVIDERS);
  }

  String models() {
    return get(Part.MODELS);
  }

  String requests() {
    return get(Part.REQUESTS);
  }

  String limits() {
    return get(Part.LIMITS);
  }

  String sections() {
    return get(Part.SECTIONS);
  }

  String rates() {
    return get(Part.RATES);
  }

  /** The Redis that it uses, as YAML. */
  String redisYaml() {
    return get(Part.REDIS).isEmpty() ? RedisForTests.yaml() : get(Part.REDIS);
  }

  /** The URL of the archive that it uses. */
  String archiveUrl() {
    return get(Part.ARCHIVE).isEmpty() ? ArchiveForTests.of(redisYaml()) : get(Part.ARCHIVE);
  }
}
