package dev.tollgate.config;

import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.DrainSettings;
import dev.tollgate.auth.AuthSettings;
import dev.tollgate.billing.invoice.InvoiceLimits;
import dev.tollgate.billing.mail.MailLimits;
import dev.tollgate.billing.payment.PaymentLimits;
import dev.tollgate.billing.plan.PlanSettings;
import dev.tollgate.http.HttpServerSettings;
import dev.tollgate.kept.KeptSettings;
import dev.tollgate.ledger.AuditSettings;
import dev.tollgate.ledger.EmbeddedRedisSettings;
import dev.tollgate.ledger.JournalSettings;
import dev.tollgate.ledger.LedgerSettings;
import dev.tollgate.ledger.ReaperSettings;
import dev.tollgate.ledger.RedisAddress;
import dev.tollgate.metering.EstimatorSettings;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.proxy.ProxySettings;
import dev.tollgate.runs.RunSettings;
import dev.tollgate.upstream.BreakerSettings;
import dev.tollgate.upstream.UpstreamSettings;
import java.nio.file.Path;

/**
 * The bounds of every part, as {@code limits} in {@code gateway.yaml} has them. Those of the
 * servers and of Redis lack the address, which stands elsewhere in the file.
 *
 * @param http host, port and TLS are those of neither port
 * @param ledgerNowhere has no address
 * @param archiveNowhere is in a place that does not matter
 */
public record Limits(
    QuoteSettings quotes,
    HttpServerSettings http,
    ProxySettings proxy,
    LedgerSettings ledgerNowhere,
    AuthSettings auth,
    UpstreamSettings upstream,
    BreakerSettings breakers,
    MeterSettings meters,
    EstimatorSettings estimator,
    JournalSettings journal,
    ArchiveSettings archiveNowhere,
    DrainSettings drain,
    ReaperSettings reaper,
    AuditSettings audit,
    KeptSettings objects,
    RunSettings runs,
    PlanSettings plans,
    PaymentLimits payments,
    InvoiceLimits invoices,
    MailLimits mail) {

  /** The server for customers. */
  public HttpServerSettings publicServer(GatewayConfig.Listen listen) {
    GatewayConfig.Tls tls = listen.tls();
    return http.at(
        listen.host(),
        listen.port(),
        tls == null ? null : new HttpServerSettings.Tls(tls.certificate(), tls.privateKey()));
  }

  /** The server for operators: the same bounds, in the clear. */
  public HttpServerSettings opsServer(GatewayConfig.Ops ops) {
    return http.at(ops.host(), ops.port(), null);
  }

  /** The ledger at that address. */
  public LedgerSettings ledger(RedisAddress redis) {
    return ledgerNowhere.at(redis);
  }

  /** The archive at that place. */
  public ArchiveSettings archive(GatewayConfig.Archive place, Path dataDir) {
    return archiveNowhere.at(
        switch (place) {
          case GatewayConfig.Archive.Embedded embedded -> new ArchiveSettings.Embedded(dataDir);
          case GatewayConfig.Archive.SqliteFile(Path file) -> new ArchiveSettings.SqliteFile(file);
          case GatewayConfig.Archive.Elsewhere(String url) -> new ArchiveSettings.Elsewhere(url);
        });
  }

  /** A Redis of our own. */
  public EmbeddedRedisSettings embeddedRedis(Path dataDir) {
    return EmbeddedRedisSettings.of(dataDir);
  }
}
