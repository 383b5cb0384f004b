package dev.tollgate.app;

import dev.tollgate.archive.Drain;
import dev.tollgate.checks.CheckListener;
import dev.tollgate.domain.Spelling;
import dev.tollgate.http.ServerListener;
import dev.tollgate.kept.Watcher;
import dev.tollgate.ledger.Journal;
import dev.tollgate.ledger.LedgerConnections;
import dev.tollgate.ledger.Reaper;
import dev.tollgate.metrics.GatewayMetrics;
import dev.tollgate.upstream.ProviderSettings;
import dev.tollgate.upstream.Targets;
import dev.tollgate.upstream.UpstreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The registry, what listens to the engine, and the figures of the process. */
final class Metrics {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private volatile @Nullable ProviderStates states;
  private final GatewayMetrics engine = new GatewayMetrics(registry);

  Metrics() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new NettyAllocatorMetrics((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
        .bindTo(registry);
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }

  GatewayMetrics engine() {
    return engine;
  }

  /** Figures that are asked for rather than announced. */
  void watch(LedgerConnections ledger, Journal journal, Reaper reaper) {
    Gauge.builder("tollgate.ledger.available", ledger, it -> it.isAvailable() ? 1 : 0)
        .description("Whether Redis answers on every connection")
        .register(registry);
    FunctionCounter.builder("tollgate.holds.reaped", reaper, Reaper::reaped)
        .description("Holds that nobody had renewed, ended by this gateway")
        .register(registry);
    FunctionCounter.builder("tollgate.usage.estimated", reaper, Reaper::charged)
        .description(GatewayMetrics.ESTIMATED)
        .tag("reason", "abandoned")
        .register(registry);
    Gauge.builder("tollgate.settle.journal.depth", journal, it -> it.state().depth())
        .description("Settlements, releases and credits that Redis has not taken yet")
        .register(registry);
    Gauge.builder(
            "tollgate.settle.journal.age.seconds",
            journal,
            it -> it.state().oldestMillis() / 1_000.0)
        .description("How long the oldest of them has waited")
        .register(registry);
    Gauge.builder("tollgate.settle.journal.bytes", journal, it -> it.state().bytes())
        .description("What the journal's files take")
        .register(registry);
  }

  /** How the providers do, as of each scrape. */
  ProviderStates watch(LiveConfig config, Targets targets) {
    ProviderStates watched = new ProviderStates(config, targets, registry);
    states = watched;
    return watched;
  }

  /** The health checks, by what came of them. */
  CheckListener checks() {
    return (provider, outcome) ->
        Counter.builder("tollgate.health.checks")
            .description("Health checks of providers, by what came of them")
            .tag("provider", provider)
            .tag("outcome", Spelling.of(outcome))
            .register(registry)
            .increment();
  }

  /** All that Prometheus is told. */
  String scrape() {
    ProviderStates known = states;
    if (known != null) {
      known.refresh();
    }
    return registry.scrape();
  }

  /** What is looked at until it is paid for. */
  void watch(Watcher watcher) {
    FunctionCounter.builder("tollgate.objects.looks", watcher, Watcher::looks)
        .description("Answers of providers about what is not paid for yet, unasked by a client")
        .register(registry);
    FunctionCounter.builder("tollgate.objects.looks.failed", watcher, Watcher::failed)
        .description("Such questions that a provider has not answered")
        .register(registry);
    FunctionCounter.builder("tollgate.objects.vanished", watcher, Watcher::vanished)
        .description(
            "Batches, jobs and responses that their provider has lost before they were paid")
        .register(registry);
  }

  /**
   * How far the archive is. All gateways say the same of the streams, and each what it has done.
   */
  void watch(Drain drain) {
    Gauge.builder("tollgate.archive.lag.seconds", drain, it -> it.state().lagMillis() / 1_000.0)
        .description("How long the oldest event that is not archived has waited")
        .register(registry);
    Gauge.builder("tollgate.archive.events.waiting", drain, it -> it.state().waiting())
        .description("Events that are not archived")
        .register(registry);
    Gauge.builder("tollgate.archive.events.refused", drain, it -> it.state().refused())
        .description("Events that the database refuses, and that stay in their streams")
        .register(registry);
    Gauge.builder("tollgate.archive.stream.length.max", drain, it -> it.state().longestStream())
        .description("Events in the longest stream of a shard, with archived ones that are kept")
        .register(registry);
    Gauge.builder("tollgate.archive.shards.full", drain, it -> it.state().fullShards())
        .description("Shards whose accounts are refused until more is archived")
        .register(registry);
    FunctionCounter.builder("tollgate.archive.events.stored", drain, Drain::stored)
        .description("Events that this gateway has stored")
        .register(registry);
    FunctionCounter.builder("tollgate.archive.failures", drain, Drain::failures)
        .description("Batches that the database has not taken from this gateway")
        .register(registry);
  }

  ServerListener server(String side) {
    LongAdder open = connections(side);
    Counter refused =
        Counter.builder("tollgate.connections.refused")
            .description("Connections beyond the bound")
            .tag("side", side)
            .register(registry);
    return new ServerListener() {
      @Override
      public void connectionOpened() {
        open.increment();
      }

      @Override
      public void connectionClosed() {
        open.decrement();
      }

      @Override
      public void connectionRefused() {
        refused.increment();
      }

      @Override
      public void connectionBroken(String error) {
        Counter.builder("tollgate.connections.broken")
            .description("HTTP/2 connections ended for a fault of the client's, by its error code")
            .tag("side", side)
            .tag("error", error)
            .register(registry)
            .increment();
      }
    };
  }

  UpstreamObserver upstream() {
    LongAdder open = connections("upstream");
    return new UpstreamObserver() {
      @Override
      public void onConnectionOpened(ProviderSettings provider) {
        open.increment();
      }

      @Override
      public void onConnectionClosed(ProviderSettings provider) {
        open.decrement();
      }
    };
  }

  private LongAdder connections(String side) {
    LongAdder open = new LongAdder();
    Gauge.builder("tollgate.connections", open, LongAdder::sum)
        .description("Open connections, by side")
        .tag("side", side)
        .register(registry);
    return open;
  }
}
