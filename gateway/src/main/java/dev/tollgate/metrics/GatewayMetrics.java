package dev.tollgate.metrics;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Usage;
import dev.tollgate.proxy.ExchangeListener;
import dev.tollgate.proxy.ExchangeSummary;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What Prometheus reads of the engine. Label values come from the rate card and the configuration,
 * never from what a client sent, so their number is bounded. Called on event loops; meters are
 * striped, and looked up once for each set of labels.
 */
public final class GatewayMetrics implements ExchangeListener {
  /** What the counter of estimates counts. The reaper's are counted elsewhere. */
  public static final String ESTIMATED = "Charges whose usage was estimated, by the reason";

  private static final Duration[] BUCKETS = {
    Duration.ofNanos(100_000),
    Duration.ofNanos(250_000),
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofMinutes(1),
    Duration.ofMinutes(5)
  };

  private record RequestLabels(String route, String provider, String model, int status) {}

  private record TokenLabels(String model, String type) {}

  private final MeterRegistry registry;
  private final Map<RequestLabels, Counter> requests = new ConcurrentHashMap<>();
  private final Map<TokenLabels, Counter> tokens = new ConcurrentHashMap<>();
  private final Map<String, Counter> costs = new ConcurrentHashMap<>();
  private final Map<String, Counter> refusals = new ConcurrentHashMap<>();
  private final Map<String, Counter> estimates = new ConcurrentHashMap<>();
  private final Map<String, Timer> upstream = new ConcurrentHashMap<>();
  private final Timer requestSeconds;
  private final Timer firstByteSeconds;
  private final Timer overheadSeconds;
  private final LongAdder holdsOpen = new LongAdder();
  private final LongAdder heldNanoUsd = new LongAdder();

  public GatewayMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.requestSeconds =
        histogram("tollgate.request", "From the head of a request to the end of its answer");
    this.firstByteSeconds =
        histogram("tollgate.time.to.first.byte", "From the head of a request to its first byte");
    this.overheadSeconds =
        histogram("tollgate.overhead", "What the gateway added to the provider's first byte");
    gauge("tollgate.holds.open", "Holds of this gateway that are not settled", holdsOpen, 1);
    gauge("tollgate.held.usd", "What those holds set aside", heldNanoUsd, 1e9);
  }

  /** A request was refused by us, on whatever route, or before its route was known. */
  public void onRefused(Refusal refusal) {
    refusals
        .computeIfAbsent(
            refusal.code(),
            code ->
                Counter.builder("tollgate.refusals")
                    .description("Requests that were not served by us, by the reason")
                    .tag("code", code)
                    .register(registry))
        .increment();
  }

  @Override
  public void onFinished(ExchangeSummary summary) {
    requests
        .computeIfAbsent(
            new RequestLabels(
                summary.route(), summary.provider(), summary.model(), summary.status()),
            this::requestCounter)
        .increment();
    countCost(summary);
    requestSeconds.record(summary.totalNanos(), TimeUnit.NANOSECONDS);
    if (summary.firstByteNanos() >= 0) {
      firstByteSeconds.record(summary.firstByteNanos(), TimeUnit.NANOSECONDS);
    }
    if (summary.overheadNanos() >= 0) {
      overheadSeconds.record(summary.overheadNanos(), TimeUnit.NANOSECONDS);
    }
    if (summary.upstreamNanos() > 0) {
      upstream
          .computeIfAbsent(summary.provider(), this::upstreamTimer)
          .record(summary.upstreamNanos(), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void onPaidLater(ExchangeSummary summary) {
    countCost(summary);
  }

  private void countCost(ExchangeSummary summary) {
    countTokens(summary.model(), summary.usage());
    if (summary.costNanoUsd() > 0) {
      costs
          .computeIfAbsent(summary.model(), this::costCounter)
          .increment(summary.costNanoUsd() / 1e9);
    }
    if (!summary.estimated().isEmpty()) {
      estimates.computeIfAbsent(summary.estimated(), this::estimateCounter).increment();
    }
  }

  @Override
  public void onHeld(long nanoUsd) {
    holdsOpen.increment();
    heldNanoUsd.add(nanoUsd);
  }

  @Override
  public void onHoldEnded(long nanoUsd) {
    holdsOpen.decrement();
    heldNanoUsd.add(-nanoUsd);
  }

  private void countTokens(String model, Usage usage) {
    count(
        model,
        "input",
        usage.count(Meter.INPUT) + usage.count(Meter.AUDIO_INPUT) + usage.count(Meter.IMAGE_INPUT));
    count(
        model,
        "output",
        usage.count(Meter.OUTPUT)
            + usage.count(Meter.AUDIO_OUTPUT)
            + usage.count(Meter.IMAGE_OUTPUT));
    count(model, "cache_read", usage.count(Meter.CACHE_READ));
    count(
        model,
        "cache_write",
        usage.count(Meter.CACHE_WRITE_5M) + usage.count(Meter.CACHE_WRITE_1H));
    count(model, "reasoning", usage.count(Meter.REASONING));
  }

  private void count(String model, String type, long count) {
    if (count > 0) {
      tokens
          .computeIfAbsent(new TokenLabels(model, type), this::tokenCounter)
          .increment((double) count);
    }
  }

  private Counter requestCounter(RequestLabels labels) {
    return Counter.builder("tollgate.requests")
        .description("Metered requests that were admitted")
        .tag("route", labels.route())
        .tag("provider", labels.provider())
        .tag("model", labels.model())
        .tag("status", Integer.toString(labels.status()))
        .register(registry);
  }

  private Counter tokenCounter(TokenLabels labels) {
    return Counter.builder("tollgate.tokens")
        .description("Tokens that were charged")
        .tag("model", labels.model())
        .tag("type", labels.type())
        .register(registry);
  }

  private Counter costCounter(String model) {
    return Counter.builder("tollgate.cost.usd")
        .description("What was charged; for graphs, not for books")
        .tag("model", model)
        .register(registry);
  }

  private Counter estimateCounter(String reason) {
    return Counter.builder("tollgate.usage.estimated")
        .description(ESTIMATED)
        .tag("reason", reason)
        .register(registry);
  }

  private Timer upstreamTimer(String provider) {
    return Timer.builder("tollgate.upstream")
        .description("From the call of a provider to the end of its answer")
        .tag("provider", provider)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private Timer histogram(String name, String description) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private void gauge(String name, String description, LongAdder value, double unit) {
    Gauge.builder(name, value, sum -> sum.sum() / unit).description(description).register(registry);
  }
}
