package dev.tollgate.app;

import dev.tollgate.config.ConfigListener;
import dev.tollgate.config.Finding;
import dev.tollgate.config.Snapshot;
import dev.tollgate.proxy.Catalog;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration in force: replaced whole by a valid reload, untouched by an invalid one. Read
 * from any thread, written by the one that reloads.
 */
final class LiveConfig implements ConfigListener {
  private static final Logger LOG = LoggerFactory.getLogger(LiveConfig.class);

  private record State(
      Snapshot snapshot,
      Catalog catalog,
      int reloads,
      @Nullable String lastReload,
      String since,
      List<Finding> faults,
      List<Finding> needRestart) {}

  private final InstantSource clock;
  private final Counter applied;
  private final Counter rejected;
  private final List<Consumer<Catalog>> hearers = new CopyOnWriteArrayList<>();
  private volatile State state;

  LiveConfig(Snapshot started, MeterRegistry registry, InstantSource clock) {
    this.clock = clock;
    this.applied = counter(registry, "applied");
    this.rejected = counter(registry, "rejected");
    this.state = new State(started, catalog(started), 0, null, now(), List.of(), List.of());
  }

  Snapshot snapshot() {
    return state.snapshot();
  }

  Catalog catalog() {
    return state.catalog();
  }

  /** Tells of the catalog in force, and from now on of each that takes its place. */
  void eachTime(Consumer<Catalog> hearer) {
    hearers.add(hearer);
    hearer.accept(catalog());
  }

  @Override
  public void reloaded(Snapshot snapshot, List<Finding> notices, List<Finding> needRestart) {
    int reloads = state.reloads() + 1;
    state =
        new State(snapshot, catalog(snapshot), reloads, "applied", now(), List.of(), needRestart);
    applied.increment();
    hearers.forEach(hearer -> hearer.accept(catalog()));
    LOG.info("configuration reloaded: {} models", snapshot.rates().models().size());
    notices.forEach(notice -> LOG.warn("{}", notice));
    needRestart.forEach(setting -> LOG.warn("{}", setting));
  }

  @Override
  public void rejected(List<Finding> faults) {
    State before = state;
    state =
        new State(
            before.snapshot(),
            before.catalog(),
            before.reloads(),
            "rejected",
            before.since(),
            faults,
            before.needRestart());
    rejected.increment();
    faults.forEach(fault -> LOG.error("configuration not reloaded: {}", fault));
  }

  /** For operators: what is in force, and what is wrong with the files as they are now. */
  Map<String, ?> document() {
    State now = state;
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("gateway_file", now.snapshot().gatewayFile().toString());
    document.put("rates_file", now.snapshot().ratesFile().toString());
    document.put("in_force_since", now.since());
    document.put("reloads", now.reloads());
    document.put("last_reload", now.lastReload());
    document.put("faults", texts(now.faults()));
    document.put("need_restart", texts(now.needRestart()));
    document.put("providers", List.copyOf(now.snapshot().gateway().providers().keySet()));
    document.put("models", List.copyOf(now.snapshot().rates().models().keySet()));
    return document;
  }

  private static List<String> texts(List<Finding> findings) {
    return findings.stream().map(Finding::toString).toList();
  }

  private static Catalog catalog(Snapshot snapshot) {
    return new Catalog(
        snapshot.rates(),
        snapshot.gateway().providers(),
        snapshot.gateway().limits().quotes(),
        snapshot.gateway().limits().proxy());
  }

  private String now() {
    return clock.instant().toString();
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder("tollgate.config.reloads")
        .description("Changes of the configuration files, by what became of them")
        .tag("outcome", outcome)
        .register(registry);
  }
}
