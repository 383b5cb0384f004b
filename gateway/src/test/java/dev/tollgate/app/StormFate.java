package dev.tollgate.app;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.Script;

/** What becomes of one request of a storm: seven in ten go well, two fail, one client hangs up. */
enum StormFate {
  WELL(60),
  /** Well, but in tiny pieces. */
  IN_PIECES(10),
  REFUSED(4),
  OVERLOADED(4),
  RESET_UNANSWERED(3),
  ERROR_AS_ANSWER(3),
  /** Ends before its length says so, if it is no stream; else breaks in the middle. */
  BROKEN_OFF(6),
  GONE_AT_ONCE(4),
  GONE_MIDWAY(6);

  private static final int WEIGHTS = 100;
  private static final String ERROR = "{\"error\":{\"message\":\"No.\",\"type\":\"server_error\"}}";

  private final int weight;

  StormFate(int weight) {
    this.weight = weight;
  }

  /**
   * @param number from 0 to 99
   */
  static StormFate of(int number) {
    int left = Math.floorMod(number, WEIGHTS);
    for (StormFate fate : values()) {
      left -= fate.weight;
      if (left < 0) {
        return fate;
      }
    }
    throw new IllegalStateException("weights do not add up");
  }

  /** Whether the whole answer comes, so that its usage is what is paid for. */
  boolean isServedWhole() {
    return switch (this) {
      case WELL, IN_PIECES, GONE_AT_ONCE, GONE_MIDWAY -> true;
      case REFUSED, OVERLOADED, RESET_UNANSWERED, ERROR_AS_ANSWER, BROKEN_OFF -> false;
    };
  }

  boolean isGone() {
    return this == GONE_AT_ONCE || this == GONE_MIDWAY;
  }

  /**
   * @param isPassedOnAtOnce whether the client gets it as it comes
   */
  Script play(Answer answer, boolean isPassedOnAtOnce) {
    return switch (this) {
      case WELL, GONE_AT_ONCE -> answer.script();
      case IN_PIECES -> Script.of(answer).cutEvery(61).start().rest().end();
      case GONE_MIDWAY -> Script.of(answer).start().upTo(150).pauseMillis(15).rest().end();
      case REFUSED -> Answer.error(400, ERROR).script();
      case OVERLOADED -> Answer.error(503, ERROR).script();
      case RESET_UNANSWERED -> Script.of(answer).reset();
      case ERROR_AS_ANSWER -> Answer.error(200, ERROR).script();
      case BROKEN_OFF ->
          isPassedOnAtOnce
              ? Script.of(answer).start().parts(Math.max(1, answer.parts().size() / 2)).close()
              : Script.of(answer).startWithLengthOff(10).rest().close();
    };
  }
}
