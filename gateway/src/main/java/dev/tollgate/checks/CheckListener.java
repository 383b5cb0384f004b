package dev.tollgate.checks;

/** Hears of each check, on the event loop on which it was made. */
@FunctionalInterface
public interface CheckListener {
  void onChecked(String provider, CheckOutcome outcome);
}
