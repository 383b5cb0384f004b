package dev.tollgate.app;

import dev.tollgate.upstream.ScriptedServer.Script;
import java.util.List;

/**
 * What a first target does wrong.
 *
 * @param name its row in docs/faults.md
 * @param first the provider of {@link TwoTargets} by which it is reached
 * @param outcomes of the attempts at it, in order
 * @param script played on each connection
 * @param askings those that meet it
 * @param said by the user
 */
record Fault(
    String name,
    String first,
    List<String> outcomes,
    Script script,
    List<Asking> askings,
    String said) {
  private static final Script NOTHING = peer -> {};

  /** Too much for the buffers between two sockets to take at once, mostly. */
  private static final String MUCH = "x".repeat(600_000);

  static Fault breaking(String name, Script script) {
    return new Fault(name, "first", List.of("broken"), script, Asking.ALL, "Hello");
  }

  /** One that lasts until a short bound of time has run out. */
  static Fault lasting(String name, Script script) {
    return new Fault(name, "hasty", List.of("timeout"), script, Asking.ALL, "Hello");
  }

  /** One that needs nobody to play it. */
  static Fault of(String name, String first, String outcome) {
    return new Fault(name, first, List.of(outcome), NOTHING, Asking.ALL, "Hello");
  }

  Fault at(String provider) {
    return new Fault(name, provider, outcomes, script, askings, said);
  }

  Fault ending(String... otherOutcomes) {
    return new Fault(name, first, List.of(otherOutcomes), script, askings, said);
  }

  Fault toWholeAnswers() {
    return new Fault(name, first, outcomes, script, Asking.WHOLES, said);
  }

  Fault toLongRequests() {
    return new Fault(name, first, outcomes, script, askings, MUCH);
  }

  @Override
  public String toString() {
    return name;
  }
}
