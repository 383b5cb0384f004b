package dev.tollgate.proxy;

import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How long a Realtime session may last, be quiet, and keep money held for nothing. */
final class SessionTime {
  private static final int TICKS_PER_BOUND = 4;
  private static final long TICK_MILLIS_MAX = 1_000;

  private final Lane lane;
  private final RealtimeSettings settings;
  private final SessionEnding ending;
  private final SessionHolds holds;
  private final long startedNanos = System.nanoTime();
  private long lastFrameNanos = startedNanos;
  private long lastAskedNanos = startedNanos;
  private @Nullable ScheduledFuture<?> tick;

  SessionTime(Lane lane, RealtimeSettings settings, SessionEnding ending, SessionHolds holds) {
    this.lane = lane;
    this.settings = settings;
    this.ending = ending;
    this.holds = holds;
  }

  /** A frame has come. */
  void onFrame() {
    lastFrameNanos = System.nanoTime();
  }

  /** What may bring about a response was asked for, or can be now. */
  void onAsked() {
    lastAskedNanos = System.nanoTime();
  }

  void start() {
    long least =
        Math.min(
            settings.spareMillisMax(),
            Math.min(settings.idleMillisMax(), settings.sessionMillisMax()));
    long millis = Math.max(1, Math.min(TICK_MILLIS_MAX, least / TICKS_PER_BOUND));
    tick =
        lane.eventLoop().schedule(() -> ending.step(this::onTick), millis, TimeUnit.MILLISECONDS);
  }

  void stop() {
    if (tick != null) {
      tick.cancel(false);
    }
  }

  private void onTick() {
    if (ending.isOver()) {
      return;
    }
    long now = System.nanoTime();
    if (isPast(startedNanos, settings.sessionMillisMax(), now)) {
      ending.onTime("session_expired");
    } else if (isPast(lastFrameNanos, settings.idleMillisMax(), now)) {
      ending.onTime("session_idle");
    } else if (isPast(lastAskedNanos, settings.spareMillisMax(), now)) {
      holds.giveBackSpare();
    }
    if (!ending.isOver()) {
      start();
    }
  }

  private static boolean isPast(long sinceNanos, long millisMax, long now) {
    return now - sinceNanos > TimeUnit.MILLISECONDS.toNanos(millisMax);
  }
}
