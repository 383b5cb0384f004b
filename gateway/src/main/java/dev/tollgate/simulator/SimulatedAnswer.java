package dev.tollgate.simulator;

import dev.tollgate.http.Reply;
import java.util.List;

/** An answer, and how long a model would have taken for it. */
sealed interface SimulatedAnswer {
  /**
   * @param outputTokens that would have had to be produced first
   */
  record Whole(Reply reply, int outputTokens) implements SimulatedAnswer {}

  /**
   * A stream of server-sent events.
   *
   * @param opening sent at once
   * @param tokens one event each
   * @param closing sent after the last token
   */
  record Streamed(List<String> opening, List<String> tokens, List<String> closing)
      implements SimulatedAnswer {}
}
