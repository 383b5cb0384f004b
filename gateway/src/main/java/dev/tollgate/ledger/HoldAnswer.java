package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Shortage;
import dev.tollgate.domain.Spelling;
import java.util.List;

/** Turns what the hold script returned into an outcome. */
final class HoldAnswer {
  private HoldAnswer() {}

  static HoldOutcome of(List<String> answer, HoldRequest request) {
    RateLimits limits = RateLimits.parse(answer.get(1));
    return switch (answer.getFirst()) {
      case "held" ->
          new HoldOutcome.Held(number(answer, 2), number(answer, 3), number(answer, 4), limits);
      case "refused" ->
          new HoldOutcome.Refused(
              refusal(answer.get(2), answer.subList(3, answer.size()), request), limits);
      default -> throw new IllegalStateException("unknown outcome of a hold: " + answer);
    };
  }

  private static Refusal refusal(String code, List<String> details, HoldRequest request) {
    return switch (code) {
      case "invalid_api_key" -> invalidKey(details.getFirst());
      case "account_suspended" -> new Refusal.AccountSuspended();
      case "model_not_allowed" -> new Refusal.ModelNotAllowed(request.model());
      case "concurrency_exceeded" ->
          new Refusal.ConcurrencyExceeded(details.get(1), number(details, 4));
      case "rate_limit_exceeded" -> new Refusal.RateLimitExceeded(shortage(details));
      case "budget_exceeded" -> new Refusal.BudgetExceeded(shortage(details));
      case "quota_exhausted" -> new Refusal.QuotaExhausted(shortage(details));
      case "daily_limit_reached" -> new Refusal.DailyLimitReached(shortage(details));
      case "insufficient_credits" ->
          new Refusal.InsufficientCredits(
              number(details, 0),
              number(details, 1) - number(details, 2) + number(details, 3),
              null);
      // The request was given up, and has been released: there is nobody left to serve.
      case "request_ended" -> new Refusal.LedgerUnavailable();
      default -> throw new IllegalStateException("unknown refusal of a hold: " + code);
    };
  }

  /** Of owner, name, unit, period, limit, left, asked, now, when it frees. */
  private static Shortage shortage(List<String> details) {
    String freesAt = details.get(8);
    Long freesAtMillis = freesAt.isEmpty() ? null : Long.valueOf(freesAt);
    Long retryAfterSeconds =
        freesAtMillis == null
            ? null
            : Long.valueOf(Math.max(1, Math.ceilDiv(freesAtMillis - number(details, 7), 1_000L)));
    return new Shortage(
        details.get(1),
        Spelling.read(Budget.Scope.class, details.getFirst()),
        BudgetLines.parseUnit(details.get(2)),
        BudgetLines.parsePeriod(details.get(3)),
        number(details, 4),
        number(details, 5),
        number(details, 6),
        freesAtMillis,
        retryAfterSeconds,
        null);
  }

  private static Refusal invalidKey(String state) {
    return switch (state) {
      case "unknown" -> Refusal.InvalidApiKey.UNKNOWN;
      case "revoked" -> new Refusal.InvalidApiKey("The API key was revoked.");
      case "disabled" -> new Refusal.InvalidApiKey("The API key is disabled.");
      case "expired" -> new Refusal.InvalidApiKey("The API key has expired.");
      default -> throw new IllegalStateException("unknown state of a key: " + state);
    };
  }

  private static long number(List<String> answer, int place) {
    return Long.parseLong(answer.get(place));
  }
}
