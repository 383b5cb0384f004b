package dev.tollgate.ledger;

import dev.tollgate.domain.Refusal;
import java.util.List;

/** Turns what the hold script returned into an outcome. */
final class HoldAnswer {
  private HoldAnswer() {}

  static HoldOutcome of(List<String> answer, HoldRequest request) {
    return switch (answer.getFirst()) {
      case "held" -> new HoldOutcome.Held(number(answer, 1), number(answer, 2), number(answer, 3));
      case "refused" -> new HoldOutcome.Refused(refusal(answer, request));
      default -> throw new IllegalStateException("unknown outcome of a hold: " + answer);
    };
  }

  private static Refusal refusal(List<String> answer, HoldRequest request) {
    return switch (answer.get(1)) {
      case "invalid_api_key" -> invalidKey(answer.get(2));
      case "account_suspended" -> new Refusal.AccountSuspended();
      case "model_not_allowed" -> new Refusal.ModelNotAllowed(request.model());
      case "concurrency_exceeded" -> new Refusal.ConcurrencyExceeded(number(answer, 2));
      case "quota_exhausted" ->
          new Refusal.QuotaExhausted(number(answer, 2), number(answer, 3), number(answer, 4));
      case "insufficient_credits" ->
          new Refusal.InsufficientCredits(
              number(answer, 2), number(answer, 3) - number(answer, 4) + number(answer, 5), null);
      // The request was given up, and has been released: there is nobody left to serve.
      case "request_ended" -> new Refusal.LedgerUnavailable();
      default -> throw new IllegalStateException("unknown refusal of a hold: " + answer);
    };
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
