package dev.tollgate.http;

import io.netty.channel.EventLoop;

/** What a connection waits for, and for how long. For use on its event loop only. */
final class Patience {
  enum Wait {
    NOTHING,
    HANDSHAKE,
    REQUEST,
    HEAD,
    BODY,
    REST_OF_BODY,
    GOODBYE
  }

  private final HttpServerSettings settings;
  private final Deadline deadline;
  private Wait wait = Wait.NOTHING;

  /**
   * @param lost runs when it has waited too long
   */
  Patience(HttpServerSettings settings, EventLoop loop, Runnable lost) {
    this.settings = settings;
    this.deadline = new Deadline(loop, lost);
  }

  /** What it waits for, or has waited for too long. */
  Wait current() {
    return wait;
  }

  /** Begins to wait; for what it waits for already, only a body's next piece begins anew. */
  void with(Wait next) {
    if (next == wait && next != Wait.BODY) {
      return;
    }
    wait = next;
    switch (next) {
      case NOTHING -> deadline.clear();
      case HANDSHAKE -> deadline.in(settings.handshakeMillisMax());
      case REQUEST -> deadline.in(settings.idleMillisMax());
      case HEAD -> deadline.in(settings.headMillisMax());
      case BODY -> deadline.in(settings.bodyIdleMillisMax());
      case REST_OF_BODY, GOODBYE -> deadline.in(settings.discardMillisMax());
    }
  }

  void end() {
    deadline.cancel();
  }
}
