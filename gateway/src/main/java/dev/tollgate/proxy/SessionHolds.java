package dev.tollgate.proxy;

import dev.tollgate.dialect.OpenAiRealtime;
import dev.tollgate.metering.ServerEvents;
import dev.tollgate.proxy.Admission.Decision;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which hold pays for which response of a Realtime session: those that wait for a response, those
 * that one has taken, and the one that is asked for. Confined to its event loop.
 */
final class SessionHolds {
  private final Lane lane;
  private final Turns turns;
  private final Route route;

  /** Held, and not yet used by a response. */
  private final Deque<Turn> spare = new ArrayDeque<>();

  /** By the id of the response. */
  private final Map<String, Turn> running = new HashMap<>();

  /** Responses that the client has asked for, and the provider has not begun. */
  private int promised;

  private boolean isAsked;

  /**
   * @param first the turn that is held
   */
  SessionHolds(Lane lane, Turns turns, Turn first, Route route) {
    this.lane = lane;
    this.turns = turns;
    this.route = route;
    spare.add(first);
  }

  /** Whether a response is under way. */
  boolean isRunning() {
    return !running.isEmpty();
  }

  /** Whether nothing is held, nor asked for. */
  boolean isDone() {
    return !isAsked && turns.open() == 0;
  }

  // ---- what the client says

  /** A provider has one response of a conversation at a time, but more of those outside of it. */
  boolean lacks(String type) {
    return type.equals(OpenAiRealtime.RESPONSE_CREATE)
        ? spare.size() <= promised
        : spare.isEmpty() && running.isEmpty();
  }

  /** An event that may bring about a response goes to the provider. */
  void passed(String type) {
    promised += type.equals(OpenAiRealtime.RESPONSE_CREATE) ? 1 : 0;
  }

  // ---- what the provider says

  /**
   * Gives the event that has come to its turn.
   *
   * @return false when it is of a response that has no hold, and needs one first
   */
  boolean accountFor(ServerEvents event) {
    String id = event.responseId();
    return switch (event.type()) {
      case OpenAiRealtime.RESPONSE_CREATED -> running.containsKey(id) || begin(id) != null;
      case OpenAiRealtime.RESPONSE_DONE -> end(id, event);
      case OpenAiRealtime.ERROR -> {
        promised = Math.max(0, promised - 1);
        yield true;
      }
      default -> {
        deliver(running.get(id), event);
        yield true;
      }
    };
  }

  /**
   * A response takes a hold that waits for one.
   *
   * @return null when there is none
   */
  private @Nullable Turn begin(String id) {
    Turn turn = spare.poll();
    if (turn != null) {
      turn.begin(lane.clock().millis());
      running.put(id, turn);
      promised = Math.max(0, promised - 1);
    }
    return turn;
  }

  /** A response is over, and is paid for; false where it has no hold. */
  private boolean end(String id, ServerEvents event) {
    Turn turn = running.containsKey(id) ? running.get(id) : begin(id);
    if (turn == null) {
      return false;
    }
    running.remove(id);
    event.addTo(turn.meter);
    turns.conclude(turn, null);
    return true;
  }

  private static void deliver(@Nullable Turn turn, ServerEvents event) {
    if (turn != null) {
      event.addTo(turn.meter);
      turn.delivered();
    }
  }

  // ---- one more

  /**
   * Asks for one more hold, unless one is asked for already.
   *
   * @param told what came of it, null for nothing; never before this returns, since what needs the
   *     hold is being looked at
   */
  void ask(Consumer<@Nullable Decision> told) {
    if (isAsked) {
      return;
    }
    isAsked = true;
    CompletionStage<Decision> hold = turns.hold();
    Executor later = hold.toCompletableFuture().isDone() ? lane.eventLoop() : Runnable::run;
    hold.whenCompleteAsync(
        (decision, failure) -> {
          isAsked = false;
          told.accept(decision);
        },
        later);
  }

  /**
   * It stands.
   *
   * @param isWanted whether a response may still take it
   */
  void take(Decision.Admitted admitted, boolean isWanted) {
    Turn turn = turns.admitted(admitted);
    turn.takeRoute(route, "");
    if (isWanted) {
      spare.add(turn);
    } else {
      turns.release(turn, "session_over");
    }
  }

  // ---- none any more

  /** Nothing has asked for a response for a while. */
  void giveBackSpare() {
    promised = 0;
    releaseSpare();
  }

  private void releaseSpare() {
    while (!spare.isEmpty()) {
      turns.release(spare.remove(), "unused");
    }
  }

  /** No response goes on. */
  void end(boolean isByClient) {
    Map<String, Turn> broken = Map.copyOf(running);
    running.clear();
    broken.values().forEach(turn -> turns.conclude(turn, Turns.interruption(isByClient)));
    releaseSpare();
  }
}
