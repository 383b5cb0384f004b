package dev.tollgate.app;

import dev.tollgate.app.ProviderStates.OfModel;
import dev.tollgate.domain.Spelling;
import dev.tollgate.upstream.TargetHealth.State;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs how each provider does, a line when that changes, since some of it changes with nothing but
 * time. Who is new is taken to be well. Confined to its event loop.
 */
final class StateLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StateLog.class);
  private static final long LOOK_MILLIS = 1_000;

  /** A line does not name more of a provider's models. */
  private static final int MODELS_MAX = 5;

  private final ProviderStates states;
  private final Map<String, State> told = new HashMap<>();
  private @Nullable Future<?> looks;

  StateLog(ProviderStates states) {
    this.states = states;
  }

  static StateLog start(ProviderStates states, EventLoop loop) {
    StateLog log = new StateLog(states);
    log.looks =
        loop.scheduleWithFixedDelay(log::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    return log;
  }

  void look() {
    Map<String, List<OfModel>> now = states.byProvider();
    told.keySet().retainAll(now.keySet());
    now.forEach(this::tell);
  }

  private void tell(String provider, List<OfModel> models) {
    State state = ProviderStates.state(models);
    State before = told.getOrDefault(provider, State.OK);
    told.put(provider, state);
    if (state == before) {
      return;
    }
    if (state == State.OK) {
      LOG.info("{} is ok, and was {}", provider, Spelling.of(before));
    } else {
      LOG.warn(
          "{} is {}, and was {}{}",
          provider,
          Spelling.of(state),
          Spelling.of(before),
          unwell(models));
    }
  }

  private static String unwell(List<OfModel> models) {
    List<OfModel> unwell =
        models.stream()
            .filter(model -> model.state() != State.OK && !model.model().isEmpty())
            .toList();
    String named =
        unwell.stream()
            .limit(MODELS_MAX)
            .map(model -> model.model() + " " + Spelling.of(model.state()))
            .collect(Collectors.joining(", "));
    int more = unwell.size() - MODELS_MAX;
    return (named.isEmpty() ? "" : ": " + named) + (more > 0 ? " and " + more + " more" : "");
  }

  @Override
  public void close() {
    if (looks != null) {
      looks.cancel(false);
    }
  }
}
