package dev.tollgate.app;

import dev.tollgate.domain.Spelling;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.PlainRoute;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.Target;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.upstream.TargetHealth;
import dev.tollgate.upstream.TargetHealth.State;
import dev.tollgate.upstream.TargetName;
import dev.tollgate.upstream.Targets;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How the providers on the card do, as this gateway sees it in its traffic and its health checks:
 * for customers, for Prometheus, and for the log. Thread-safe.
 */
final class ProviderStates {
  /**
   * How one target does.
   *
   * @param model of the card that it serves; empty where it serves plain routes
   */
  record OfModel(String model, State state, long latencyMillis) {}

  private final LiveConfig config;
  private final Targets targets;
  private final MultiGauge ofProviders;
  private final MultiGauge ofTargets;
  private final MultiGauge latencies;

  ProviderStates(LiveConfig config, Targets targets, MeterRegistry registry) {
    this.config = config;
    this.targets = targets;
    this.ofProviders =
        MultiGauge.builder("tollgate.upstream.state")
            .description("How a provider does: 0 ok, 1 degraded, 2 down")
            .register(registry);
    this.ofTargets =
        MultiGauge.builder("tollgate.target.state")
            .description("How a provider does with a model: 0 ok, 1 degraded, 2 down")
            .register(registry);
    this.latencies =
        MultiGauge.builder("tollgate.target.latency.seconds")
            .description("Until the head of an answer, the latest counting most")
            .register(registry);
  }

  /** Brings the gauges up to date, with whatever providers and models there are now. */
  void refresh() {
    List<MultiGauge.Row<?>> providers = new ArrayList<>();
    List<MultiGauge.Row<?>> states = new ArrayList<>();
    List<MultiGauge.Row<?>> seconds = new ArrayList<>();
    byProvider()
        .forEach(
            (provider, all) -> {
              providers.add(MultiGauge.Row.of(Tags.of("provider", provider), level(state(all))));
              byModel(all)
                  .forEach(
                      (model, its) -> {
                        Tags tags = Tags.of("provider", provider, "model", model);
                        states.add(MultiGauge.Row.of(tags, level(state(its))));
                        if (latency(its) >= 0) {
                          seconds.add(MultiGauge.Row.of(tags, latency(its) / 1_000.0));
                        }
                      });
            });
    ofProviders.register(providers, true);
    ofTargets.register(states, true);
    latencies.register(seconds, true);
  }

  /** A provider may serve a model in several ways; plain routes are of none. */
  private static Map<String, List<OfModel>> byModel(List<OfModel> all) {
    Map<String, List<OfModel>> models = new LinkedHashMap<>();
    for (OfModel one : all) {
      if (!one.model().isEmpty()) {
        models.computeIfAbsent(one.model(), name -> new ArrayList<>()).add(one);
      }
    }
    return models;
  }

  /** As the gauges tell it. */
  private static int level(State state) {
    return switch (state) {
      case OK -> 0;
      case DEGRADED -> 1;
      case DOWN -> 2;
    };
  }

  /**
   * @param isTold which models of the card are told of one by one
   */
  Map<String, ?> document(Predicate<String> isTold) {
    List<Map<String, ?>> providers = new ArrayList<>();
    List<State> all = new ArrayList<>();
    for (Map.Entry<String, List<OfModel>> provider : byProvider().entrySet()) {
      List<OfModel> models = provider.getValue();
      State state = state(models);
      all.add(state);
      List<Map<String, ?>> told = new ArrayList<>();
      for (OfModel model : models) {
        if (!model.model().isEmpty() && isTold.test(model.model())) {
          told.add(fields("model", model.model(), model.state(), model.latencyMillis()));
        }
      }
      Map<String, @Nullable Object> fields =
          fields("provider", provider.getKey(), state, latency(models));
      fields.put("models", told);
      providers.add(fields);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("status", Spelling.of(together(all)));
    document.put("providers", providers);
    return document;
  }

  private static Map<String, @Nullable Object> fields(
      String what, String name, State state, long latencyMillis) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put(what, name);
    fields.put("status", Spelling.of(state));
    fields.put("latency_ms", latencyMillis < 0 ? null : latencyMillis);
    return fields;
  }

  /** Every provider that has a model or a route on the card, by name. */
  Map<String, List<OfModel>> byProvider() {
    Map<String, List<OfModel>> states = new LinkedHashMap<>();
    Catalog catalog = config.catalog();
    catalog.providers().keySet().stream()
        .sorted()
        .forEach(name -> states.put(name, new ArrayList<>()));
    RateCard card = catalog.card();
    for (ModelRates rates : card.models().values()) {
      for (Target target : rates.targets()) {
        add(states, rates.name(), new TargetName(target.provider(), target.model()));
      }
    }
    card.routes().stream()
        .map(PlainRoute::provider)
        .distinct()
        .forEach(provider -> add(states, "", new TargetName(provider, "")));
    states.values().removeIf(List::isEmpty);
    return states;
  }

  private void add(Map<String, List<OfModel>> states, String model, TargetName target) {
    List<OfModel> models = states.get(target.provider());
    if (models != null) {
      TargetHealth health = targets.of(target);
      models.add(new OfModel(model, health.state(), health.latencyMillis()));
    }
  }

  static State state(List<OfModel> models) {
    return together(models.stream().map(OfModel::state).toList());
  }

  /** Down is what is down altogether. */
  private static State together(List<State> states) {
    if (states.stream().allMatch(state -> state == State.OK)) {
      return State.OK;
    }
    return states.stream().allMatch(state -> state == State.DOWN) ? State.DOWN : State.DEGRADED;
  }

  private static long latency(List<OfModel> models) {
    return (long)
        models.stream()
            .mapToLong(OfModel::latencyMillis)
            .filter(millis -> millis >= 0)
            .average()
            .orElse(-1);
  }
}
