package dev.tollgate.app;

import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.TestCertificate;

/**
 * What is not as usual about a gateway of a test.
 *
 * @param onDisconnect {@code drain} or {@code cancel}
 * @param silenceMax how long the provider may say nothing, as {@code 2s}
 * @param tls certificate and key of the public port, as YAML; empty for none
 * @param trust a PEM file that the providers' certificates are checked by; empty for none
 * @param providers more of them, as YAML lines
 * @param models more of them, likewise
 * @param redis another than the one that all tests share, as YAML; empty for that
 * @param limits more of them, as YAML lines
 * @param rates what else stands on the card, as YAML lines
 * @param archive another than the one of all gateways on that Redis, as a URL; empty for that
 */
record GatewaySetup(
    String onDisconnect,
    String silenceMax,
    String tls,
    String trust,
    String providers,
    String models,
    String redis,
    String limits,
    String rates,
    String archive) {
  static final GatewaySetup USUAL =
      new GatewaySetup("drain", "30s", "", "", "", "", "", "", "", "");

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

  GatewaySetup rates(String more) {
    return new GatewaySetup(
        onDisconnect, silenceMax, tls, trust, providers, models, redis, limits, more, archive);
  }

  GatewaySetup redis(String yaml) {
    return new GatewaySetup(
        onDisconnect, silenceMax, tls, trust, providers, models, yaml, limits, rates, archive);
  }

  GatewaySetup archive(String url) {
    return new GatewaySetup(
        onDisconnect, silenceMax, tls, trust, providers, models, redis, limits, rates, url);
  }

  GatewaySetup limits(String more) {
    return new GatewaySetup(
        onDisconnect, silenceMax, tls, trust, providers, models, redis, more, rates, archive);
  }

  GatewaySetup onDisconnect(String what) {
    return new GatewaySetup(
        what, silenceMax, tls, trust, providers, models, redis, limits, rates, archive);
  }

  GatewaySetup silenceMax(String time) {
    return new GatewaySetup(
        onDisconnect, time, tls, trust, providers, models, redis, limits, rates, archive);
  }

  GatewaySetup with(String moreProviders, String moreModels) {
    return new GatewaySetup(
        onDisconnect,
        silenceMax,
        tls,
        trust,
        moreProviders,
        moreModels,
        redis,
        limits,
        rates,
        archive);
  }

  GatewaySetup secured(TestCertificate ours, TestCertificate theirs) {
    String files =
        ", tls: { certificate: \"%s\", private_key: \"%s\" }"
            .formatted(ours.certificatePem(), ours.privateKeyPem());
    String trusted = theirs.certificatePem().toString();
    return new GatewaySetup(
        onDisconnect, silenceMax, files, trusted, providers, models, redis, limits, rates, archive);
  }

  boolean isSecured() {
    return !tls.isEmpty();
  }

  /** The Redis that it uses, as YAML. */
  String redisYaml() {
    return redis.isEmpty() ? RedisForTests.yaml() : redis;
  }

  /** The URL of the archive that it uses. */
  String archiveUrl() {
    return archive.isEmpty() ? ArchiveForTests.of(redisYaml()) : archive;
  }
}
