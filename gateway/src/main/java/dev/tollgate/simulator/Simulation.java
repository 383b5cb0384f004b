package dev.tollgate.simulator;

import dev.tollgate.domain.RequestId;
import tools.jackson.databind.JsonNode;

/** What one endpoint answers. */
@FunctionalInterface
interface Simulation {
  /**
   * @param body a missing node where it is empty or no JSON
   */
  SimulatedAnswer answer(RequestId id, JsonNode body);
}
