package dev.tollgate.config;

import dev.tollgate.config.GatewayConfig.Listen;
import dev.tollgate.config.GatewayConfig.Ops;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The settings that a running gateway cannot change: what is bound, where its data is, and what its
 * parts were built with.
 */
final class RestartOnly {
  private static final Map<String, Function<GatewayConfig, Object>> SETTINGS = settings();

  private RestartOnly() {}

  private static Map<String, Function<GatewayConfig, Object>> settings() {
    Map<String, Function<GatewayConfig, Object>> settings = new LinkedHashMap<>();
    settings.put("listen", GatewayConfig::listen);
    settings.put("ops", config -> withoutToken(config.ops()));
    settings.put("public_url", config -> Optional.ofNullable(config.publicUrl()));
    settings.put("data_dir", GatewayConfig::dataDir);
    settings.put("redis", GatewayConfig::redis);
    settings.put("archive", GatewayConfig::archive);
    settings.put("payments", GatewayConfig::payments);
    settings.put("limits.http", config -> config.limits().http());
    settings.put("limits.ledger", config -> config.limits().ledgerNowhere());
    settings.put("limits.keys", config -> config.limits().auth());
    settings.put("limits.upstream", config -> config.limits().upstream());
    settings.put("limits.breakers", config -> config.limits().breakers());
    settings.put("limits.metering", config -> config.limits().meters());
    settings.put("limits.estimates", config -> config.limits().estimator());
    settings.put("limits.journal", config -> config.limits().journal());
    settings.put("limits.archive", config -> config.limits().archiveNowhere());
    settings.put("limits.drain", config -> config.limits().drain());
    settings.put("limits.reaper", config -> config.limits().reaper());
    settings.put("limits.audit", config -> config.limits().audit());
    settings.put("limits.objects", config -> config.limits().objects());
    settings.put("limits.plans", config -> config.limits().plans());
    settings.put("limits.runs", config -> config.limits().runs());
    settings.put("limits.payments", config -> config.limits().payments());
    settings.put("limits.invoices", config -> config.limits().invoices());
    settings.put("limits.mail", config -> config.limits().mail());
    settings.put("email", config -> Optional.ofNullable(config.email()));
    return settings;
  }

  /** The token may change at any time; where it is asked for may not. */
  private static Listen withoutToken(Ops ops) {
    return new Listen(ops.host(), ops.port(), null);
  }

  /** Those in which a snapshot differs from the one that the gateway was started with. */
  static List<Finding> changed(Snapshot started, Snapshot now) {
    return SETTINGS.entrySet().stream()
        .filter(
            setting ->
                !Objects.equals(
                    setting.getValue().apply(started.gateway()),
                    setting.getValue().apply(now.gateway())))
        .map(
            setting ->
                new Finding(
                    now.place(setting.getKey()),
                    setting.getKey(),
                    "takes effect at the next start, not now"))
        .toList();
  }
}
