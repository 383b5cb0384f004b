package dev.tollgate.kept;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.ObjectAct;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.ledger.KeptObjects;
import dev.tollgate.proxy.CardOffers;
import dev.tollgate.proxy.Lane;
import dev.tollgate.proxy.Offers;

/** Knows in one lane what providers keep for whom, and what is still to be paid for. */
public final class Keeper {
  private final Lane lane;
  private final KeptObjects objects;
  private final KeptSettings settings;
  private final Payments payments;

  /**
   * @param objects seen from the lane's event loop
   */
  public Keeper(Lane lane, KeptObjects objects, KeptSettings settings) {
    this.lane = lane;
    this.objects = objects;
    this.settings = settings;
    this.payments = new Payments(lane, settings);
  }

  /** By whom the requests of an endpoint may be served. */
  public Offers offers(Dialect dialect, Endpoint endpoint) {
    ObjectAct act = endpoint.objectAct();
    if (act == null) {
      return new ReferringOffers(CardOffers.of(dialect, endpoint), this);
    }
    return switch (act.verb()) {
      case CREATE -> creating(act.kind(), dialect, endpoint);
      case LIST -> new ListOffers(act.kind(), dialect, this);
      case POLL, READ, DELETE -> new ObjectOffers(act, this);
    };
  }

  private Offers creating(ObjectKind kind, Dialect dialect, Endpoint endpoint) {
    return switch (kind) {
      case FILE -> new UploadOffers(dialect.name(), this);
      case BATCH -> new BatchOffers(endpoint.path(), this);
      case FINE_TUNING_JOB -> new JobOffers(endpoint.path(), this);
      case RUN -> throw new IllegalArgumentException("no provider makes runs");
      case RESPONSE ->
          new ResponseOffers(
              new ReferringOffers(CardOffers.of(dialect, endpoint), this), endpoint.path(), this);
    };
  }

  Lane lane() {
    return lane;
  }

  KeptObjects objects() {
    return objects;
  }

  KeptSettings settings() {
    return settings;
  }

  Payments payments() {
    return payments;
  }
}
