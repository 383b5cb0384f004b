package dev.tollgate.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.DrainSettings;
import dev.tollgate.auth.AuthSettings;
import dev.tollgate.billing.invoice.InvoiceLimits;
import dev.tollgate.billing.mail.MailLimits;
import dev.tollgate.billing.payment.PaymentLimits;
import dev.tollgate.billing.payment.PaymentSettings;
import dev.tollgate.billing.plan.PlanSettings;
import dev.tollgate.http.Http2Bounds;
import dev.tollgate.http.HttpServerSettings;
import dev.tollgate.kept.KeptSettings;
import dev.tollgate.kept.WatchSettings;
import dev.tollgate.ledger.AuditSettings;
import dev.tollgate.ledger.JournalSettings;
import dev.tollgate.ledger.LedgerSettings;
import dev.tollgate.metering.EstimatorSettings;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.proxy.Provider;
import dev.tollgate.proxy.ProxySettings;
import dev.tollgate.proxy.RealtimeSettings;
import dev.tollgate.proxy.RetrySettings;
import dev.tollgate.runs.RunSettings;
import dev.tollgate.upstream.BreakerSettings;
import dev.tollgate.upstream.HealthCheckSettings;
import dev.tollgate.upstream.ProviderSettings;
import dev.tollgate.upstream.Reach;
import dev.tollgate.upstream.StreamBounds;
import dev.tollgate.upstream.UpstreamSettings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code config/gateway.yaml} says in its comments is what the code does without it. */
class DocumentedDefaultsTest {
  private static final Path GATEWAY = Path.of("../config/gateway.yaml");
  private static final Path RATES = Path.of("../config/rates.yaml");
  private static final Pattern COMMENTED_OUT =
      Pattern.compile("(?m)^( {0,8})# ( *[a-z_0-9]+:( .*)?)$");

  @TempDir private Path directory;
  private Snapshot shipped;
  private Snapshot uncommented;

  @BeforeEach
  void load() throws IOException {
    Files.copy(RATES, directory.resolve("rates.yaml"));
    for (String example :
        List.of("server.pem", "server.key.pem", "ca.pem", "redis-ca.pem", "mail-ca.pem")) {
      Files.createFile(directory.resolve(example));
    }
    copy("localhost.pem", "client.pem");
    copy("localhost.key.pem", "client.key.pem");
    String text = Files.readString(GATEWAY);
    shipped = load("shipped.yaml", text);
    uncommented = load("uncommented.yaml", COMMENTED_OUT.matcher(text).replaceAll("$1$2"));
  }

  private void copy(String certificate, String to) throws IOException {
    String name = "/dev/tollgate/upstream/" + certificate;
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream(name), certificate)) {
      Files.copy(in, directory.resolve(to));
    }
  }

  private Snapshot load(String name, String text) throws IOException {
    Path file = Files.writeString(directory.resolve(name), text);
    Map<String, String> environment =
        Map.ofEntries(
            Map.entry("TOLLGATE_ADMIN_TOKEN", "t"),
            Map.entry("ACME_API_KEY", "k"),
            Map.entry("ANTHROPIC_API_KEY", "a"),
            Map.entry("GEMINI_API_KEY", "g"),
            Map.entry("COHERE_API_KEY", "c"),
            Map.entry("STRIPE_SECRET_KEY", "s"),
            Map.entry("STRIPE_WEBHOOK_SECRET", "w"));
    return switch (new ConfigLoader(environment, ConfigBounds.DEFAULT).load(file)) {
      case Checked.Valid<Snapshot> valid -> valid.value();
      case Checked.Faulty<Snapshot> faulty -> throw new AssertionError(faulty.faults());
    };
  }

  @Test
  void limits_asCommented_areThoseOfTheCode() {
    Limits said = uncommented.gateway().limits();
    Limits meant = shipped.gateway().limits();
    LedgerSettings ledger = said.ledgerNowhere();

    assertThat(ledger.trustCertificates()).endsWith("redis-ca.pem");
    assertThat(said)
        .isEqualTo(
            new Limits(
                meant.quotes(),
                meant.http(),
                meant.proxy(),
                trusting(ledger.trustCertificates(), meant.ledgerNowhere()),
                meant.auth(),
                meant.upstream(),
                meant.breakers(),
                meant.meters(),
                meant.estimator(),
                meant.journal(),
                meant.archiveNowhere(),
                meant.drain(),
                meant.reaper(),
                meant.audit(),
                meant.objects(),
                meant.runs(),
                meant.plans(),
                meant.payments(),
                meant.invoices(),
                meant.mail()));
  }

  private static LedgerSettings trusting(String certificates, LedgerSettings other) {
    return new LedgerSettings(
        other.redis(),
        certificates,
        other.shards(),
        other.connectMillisMax(),
        other.commandMillisMax(),
        other.commandsInFlightMax(),
        other.reconnectMillisMax(),
        other.tombstoneMillis(),
        other.allow());
  }

  @Test
  void payments_asCommented_areThoseOfTheCode() {
    assertThat(uncommented.gateway().payments())
        .usingRecursiveComparison()
        .ignoringFields("secretKey", "webhookSecret")
        .isEqualTo(shipped.gateway().payments());
    assertThat(uncommented.gateway().payments().webhookSecret()).isEqualTo("w");
  }

  @Test
  void provider_asCommented_isThatOfTheCode() {
    Provider said = ConfigFiles.named(uncommented.gateway().providers(), "acme");
    Provider meant = ConfigFiles.named(shipped.gateway().providers(), "acme");

    assertThat(said.drainsOnDisconnect()).isEqualTo(meant.drainsOnDisconnect());
    assertThat(said.variant()).isEqualTo(meant.variant());
    assertThat(uncommented.places()).containsKey("providers.acme.variant");
    assertThat(said.settings())
        .usingRecursiveComparison()
        .ignoringFields("trustCertificates", "reach.clientCertificate", "reach.clientKey")
        .isEqualTo(meant.settings());
    assertThat(said.healthCheck()).isEqualTo(HealthCheckSettings.DEFAULT);
    assertThat(meant.healthCheck()).isNull();
    assertThat(said.settings().trustCertificates()).endsWith("ca.pem");
    assertThat(said.settings().reach().clientCertificate()).endsWith("client.pem");
    assertThat(said.settings().reach().clientKey()).endsWith("client.key.pem");
  }

  @Test
  void examples_areReadable() {
    assertThat(uncommented.gateway().providers())
        .containsOnlyKeys("acme", "claude", "gemini", "cohere");
    assertThat(uncommented.gateway().listen().tls()).isNotNull();
  }

  static List<Arguments> sections() {
    return List.of(
        Arguments.of("limits.quotes", QuoteSettings.class, Set.of()),
        Arguments.of(
            "limits.http", HttpServerSettings.class, Set.of("host", "port", "tls", "http2")),
        Arguments.of("limits.http2", Http2Bounds.class, Set.of()),
        Arguments.of("limits.requests", ProxySettings.class, Set.of("retries", "realtime")),
        Arguments.of("limits.realtime", RealtimeSettings.class, Set.of()),
        Arguments.of("limits.retries", RetrySettings.class, Set.of()),
        Arguments.of("limits.breakers", BreakerSettings.class, Set.of()),
        Arguments.of("limits.ledger", LedgerSettings.class, Set.of("redis")),
        Arguments.of("limits.keys", AuthSettings.class, Set.of()),
        Arguments.of("limits.upstream", UpstreamSettings.class, Set.of("http2")),
        Arguments.of("limits.upstream.http2", StreamBounds.class, Set.of()),
        Arguments.of("limits.metering", MeterSettings.class, Set.of()),
        Arguments.of("limits.estimates", EstimatorSettings.class, Set.of()),
        Arguments.of("limits.journal", JournalSettings.class, Set.of()),
        Arguments.of("limits.audit", AuditSettings.class, Set.of()),
        Arguments.of("limits.objects", KeptSettings.class, Set.of("watch")),
        Arguments.of("limits.objects", WatchSettings.class, Set.of()),
        Arguments.of("limits.runs", RunSettings.class, Set.of()),
        Arguments.of("limits.plans", PlanSettings.class, Set.of()),
        Arguments.of("limits.payments", PaymentLimits.class, Set.of()),
        Arguments.of("payments", PaymentSettings.class, Set.of()),
        Arguments.of("limits.invoices", InvoiceLimits.class, Set.of()),
        Arguments.of("limits.mail", MailLimits.class, Set.of()),
        Arguments.of("limits.archive", ArchiveSettings.class, Set.of("where")),
        Arguments.of("limits.drain", DrainSettings.class, Set.of()),
        Arguments.of("providers.acme", ProviderSettings.class, Set.of("name", "reach")),
        Arguments.of("providers.acme", Reach.class, Set.of()),
        Arguments.of("providers.acme.health_check", HealthCheckSettings.class, Set.of("model")));
  }

  @ParameterizedTest
  @MethodSource("sections")
  void everySetting_standsInTheFile(String section, Class<?> settings, Set<String> elsewhere) {
    List<String> keys =
        Arrays.stream(settings.getRecordComponents())
            .map(DocumentedDefaultsTest::key)
            .filter(key -> !elsewhere.contains(key))
            .toList();

    assertThat(uncommented.places())
        .containsKeys(keys.stream().map(key -> section + "." + key).toArray(String[]::new));
  }

  private static String key(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
