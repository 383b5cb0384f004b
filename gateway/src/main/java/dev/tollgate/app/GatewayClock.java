package dev.tollgate.app;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What time it is, here and for the ledger.
 *
 * @param here of this process
 * @param ledgerOffsetMillis what is added to the clock of Redis; as scripts have it, one of more
 *     than 30 years is the time itself
 * @param nanoTime as {@link System#nanoTime()}, for how targets do
 */
record GatewayClock(InstantSource here, LongSupplier ledgerOffsetMillis, LongSupplier nanoTime) {
  static GatewayClock system() {
    return new GatewayClock(InstantSource.system(), () -> 0, System::nanoTime);
  }
}
