package dev.tollgate.proxy;

import dev.tollgate.dialect.Keeping;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Tally;
import dev.tollgate.metering.TurnMeter;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.proxy.Admission.Decision;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The purchases of one Realtime session: each response is one of its own, held for at the worst it
 * can cost, and settled once. Every turn that was admitted here ends by {@link #settle}, {@link
 * #conclude} or {@link #release}. Confined to its event loop.
 */
final class Turns {
  static final int SERVED = 200;

  private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
  private static final String UPSTREAM_BROKE = "upstream_broke";

  private final Lane lane;
  private final Offers offers;
  private final RequestId session;
  private final KeyRef caller;
  private final String model;
  private final MeterSettings meters;
  private int number;
  private int open;
  private long textBytes;
  private long lastTokens;
  private Runnable onAllEnded = () -> {};

  /**
   * @param model as the client names it
   */
  Turns(
      Lane lane,
      Offers offers,
      RequestId session,
      KeyRef caller,
      String model,
      MeterSettings meters) {
    this.lane = lane;
    this.offers = offers;
    this.session = session;
    this.caller = caller;
    this.model = model;
    this.meters = meters;
  }

  /** How many have been admitted and have not ended. */
  int open() {
    return open;
  }

  /** Told each time when none is left open. */
  void onAllEnded(Runnable told) {
    onAllEnded = told;
  }

  /** How much text the client has sent, for estimates of what a broken response read. */
  void textBytes(long bytes) {
    textBytes = bytes;
  }

  /** Holds the worst that the next response can cost. */
  CompletionStage<Decision> hold() {
    number++;
    Catalog catalog = lane.catalog();
    return new Admission(lane, catalog, offers)
        .admit(session.turn(number), caller, worst(catalog), Map.of());
  }

  /** The turn whose hold was asked for last. */
  Turn admitted(Decision.Admitted decision) {
    open++;
    Turn turn =
        new Turn(
            session.turn(number), caller, decision, new TurnMeter(meters), lane.clock().millis());
    turn.keep(lane.renewals().add(() -> renew(turn), lane.catalog().settings().checkpointMillis()));
    return turn;
  }

  /** All of the model's context, and as long an answer as it can give. */
  private Prompt worst(Catalog catalog) {
    ModelRates rates = catalog.card().model(model);
    boolean isBounded = rates != null && rates.maxOutputTokens() != ModelRates.UNBOUNDED;
    long unknownContext = Math.max(catalog.quotes().holdOutputTokens(), 2 * lastTokens);
    return prompt(
        rates != null && isBounded ? rates.maxOutputTokens() : null,
        0,
        rates == null || rates.contextTokens() == ModelRates.UNBOUNDED ? unknownContext : 0);
  }

  /** What is known of the input of a response that has not told it: in the customer's favour. */
  private Prompt known() {
    return prompt(null, textBytes, 0);
  }

  private Prompt prompt(@Nullable Long outputTokensMax, long text, long countedTokens) {
    return new Prompt(
        model,
        new Prompt.ModelPlace.Elsewhere(),
        true,
        true,
        List.of(),
        outputTokensMax,
        1,
        text,
        0,
        0,
        0,
        countedTokens,
        Usage.NONE,
        null,
        true,
        Keeping.NONE);
  }

  private void renew(Turn turn) {
    Charge soFar =
        Charging.soFar(turn.admitted.offer(), known(), turn.admitted.hold(), turn.meter.tally());
    lane.ledger()
        .renew(turn.settlement(soFar, SERVED), lane.catalog().settings().leaseMillis())
        .whenComplete(
            (isOpen, away) -> {
              if (away != null) {
                LOG.debug("{} could not be renewed", turn.id, away);
              }
            });
  }

  /**
   * Its response is over, or will not be: charges what it says of itself, else what was delivered.
   *
   * @param interruption why it is not whole; null when it is
   */
  void conclude(Turn turn, @Nullable String interruption) {
    Tally tally = turn.meter.tally();
    Usage reported = tally.reported();
    if (reported != null) {
      lastTokens = reported.totalTokens();
    }
    boolean isNothing = reported == null && !tally.isStrange() && !turn.meter.hasDelivered();
    if (isNothing && !Charging.CLIENT_GONE.equals(interruption)) {
      settle(turn, Charging.NOTHING, SERVED);
      return;
    }
    lane.charging()
        .charge(turn.admitted.offer(), known(), turn.admitted.hold(), tally, interruption)
        .whenComplete((charge, failure) -> onCharge(turn, charge, failure));
  }

  private void onCharge(Turn turn, @Nullable Charge charge, @Nullable Throwable failure) {
    if (charge == null || failure != null) {
      LOG.error("{} could not be charged by its usage", turn.id, failure);
      settle(
          turn,
          new Charge(Usage.NONE, turn.heldNanoUsd(), turn.heldNanoUsd(), "not_estimated"),
          SERVED);
    } else {
      settle(turn, charge, SERVED);
    }
  }

  void settle(Turn turn, Charge charge, int status) {
    turn.letGo();
    var unused = lane.ledger().settle(turn.settlement(charge, status));
    lane.listener().onHoldEnded(turn.heldNanoUsd());
    lane.listener().onFinished(turn.summary(charge, status));
    ended();
  }

  /** Nothing has come of it, and no row tells of it. */
  void release(Turn turn, String reason) {
    turn.letGo();
    var unused = lane.ledger().release(turn.id, turn.caller, reason);
    lane.listener().onHoldEnded(turn.heldNanoUsd());
    ended();
  }

  private void ended() {
    open--;
    if (open == 0) {
      onAllEnded.run();
    }
  }

  static String interruption(boolean isByClient) {
    return isByClient ? Charging.CLIENT_GONE : UPSTREAM_BROKE;
  }
}
