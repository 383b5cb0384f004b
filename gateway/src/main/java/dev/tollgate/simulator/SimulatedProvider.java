package dev.tollgate.simulator;

import dev.tollgate.http.Handler;
import io.netty.handler.codec.http.HttpMethod;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** The handlers of the simulated provider, for whoever wires a server. */
public final class SimulatedProvider {
  /** What a handler is for. */
  public record Route(HttpMethod method, String path) {}

  private SimulatedProvider() {}

  /**
   * Handlers without state, for any event loop.
   *
   * @param prefix before every path: empty, or {@code /simulated}; the provider's base URL, for
   *     either dialect, ends in this and {@code /v1}
   * @param clock for the dates in its answers
   */
  public static Map<Route, Handler> handlers(
      String prefix, SimulatorSettings settings, InstantSource clock) {
    String base = prefix + "/v1";
    OpenAiSimulation openAi = new OpenAiSimulation(settings, clock);
    AnthropicSimulation anthropic = new AnthropicSimulation();
    Map<Route, Handler> handlers = new LinkedHashMap<>();
    handlers.put(
        new Route(HttpMethod.POST, base + "/chat/completions"), handler(openAi::chat, settings));
    handlers.put(
        new Route(HttpMethod.POST, base + "/embeddings"), handler(openAi::embeddings, settings));
    handlers.put(new Route(HttpMethod.GET, base + "/models"), handler(openAi::models, settings));
    handlers.put(
        new Route(HttpMethod.POST, base + "/messages"), handler(anthropic::messages, settings));
    return handlers;
  }

  private static Handler handler(Simulation simulation, SimulatorSettings settings) {
    return (request, response) ->
        new SimulatedExchange(request.id(), response, simulation, settings);
  }
}
