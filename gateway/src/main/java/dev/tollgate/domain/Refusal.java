package dev.tollgate.domain;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why a request was not served by us. The records stand in their order of precedence: when several
 * apply, the first is the one the client is told. A dialect renders them; none carries a secret.
 */
public sealed interface Refusal {
  default int status() {
    return switch (this) {
      case HeadTooLarge refusal -> 431;
      case MalformedRequest refusal -> 400;
      case NoSuchRoute refusal -> 404;
      case MethodNotAllowed refusal -> 405;
      case UpgradeRequired refusal -> 426;
      case TokenRequired refusal -> 401;
      case InvalidApiKey refusal -> 401;
      case TokenNotFound refusal -> 404;
      case NotFound refusal -> 404;
      case NotOffered refusal -> 404;
      case Conflict refusal -> 409;
      case BodyTooLarge refusal -> 413;
      case InvalidRequest refusal -> 400;
      case ModelNotFound refusal -> 404;
      case AccountSuspended refusal -> 403;
      case ModelNotAllowed refusal -> 403;
      case KeyNotAllowed refusal -> 403;
      case OriginNotAllowed refusal -> 403;
      case ConcurrencyExceeded refusal -> 429;
      case RateLimitExceeded refusal -> 429;
      case BudgetExceeded refusal -> 429;
      case QuotaExhausted refusal -> 402;
      case DailyLimitReached refusal -> 402;
      case InsufficientCredits refusal -> 402;
      case NotAffordable refusal -> 402;
      case LedgerUnavailable refusal -> 503;
      case ArchiveUnavailable refusal -> 503;
      case Overloaded refusal -> 503;
      case UpstreamError refusal -> 502;
      case UpstreamTimeout refusal -> 504;
      case InternalError refusal -> 500;
    };
  }

  /** The stable name that clients match on. */
  default String code() {
    return switch (this) {
      case HeadTooLarge refusal -> "request_too_large";
      case MalformedRequest refusal -> "invalid_request";
      case NoSuchRoute refusal -> "not_found";
      case MethodNotAllowed refusal -> "method_not_allowed";
      case UpgradeRequired refusal -> "upgrade_required";
      case TokenRequired refusal -> "token_required";
      case InvalidApiKey refusal -> "invalid_api_key";
      case TokenNotFound refusal -> "token_not_found";
      case NotFound refusal -> "not_found";
      case NotOffered refusal -> "not_found";
      case Conflict refusal -> "conflict";
      case BodyTooLarge refusal -> "request_too_large";
      case InvalidRequest refusal -> "invalid_request";
      case ModelNotFound refusal -> "model_not_found";
      case AccountSuspended refusal -> "account_suspended";
      case ModelNotAllowed refusal -> "model_not_allowed";
      case KeyNotAllowed refusal -> "key_not_allowed";
      case OriginNotAllowed refusal -> "origin_not_allowed";
      case ConcurrencyExceeded refusal -> "concurrency_exceeded";
      case RateLimitExceeded refusal -> "rate_limit_exceeded";
      case BudgetExceeded refusal -> "budget_exceeded";
      case QuotaExhausted refusal -> "quota_exhausted";
      case DailyLimitReached refusal -> "daily_limit_reached";
      case InsufficientCredits refusal -> "insufficient_credits";
      case NotAffordable refusal -> "insufficient_credits";
      case LedgerUnavailable refusal -> "ledger_unavailable";
      case ArchiveUnavailable refusal -> "archive_unavailable";
      case Overloaded refusal -> "overloaded";
      case UpstreamError refusal -> "upstream_error";
      case UpstreamTimeout refusal -> "upstream_timeout";
      case InternalError refusal -> "internal_error";
    };
  }

  /** A sentence for people. */
  String message();

  /**
   * After how many seconds a retry may succeed; null where waiting does not help or none is known.
   */
  default @Nullable Long retryAfterSeconds() {
    return null;
  }

  record HeadTooLarge(String message) implements Refusal {}

  /** Not HTTP as RFC 9110 and 9112 say; the connection ends with it. */
  record MalformedRequest(String message) implements Refusal {}

  record NoSuchRoute(String method, String path) implements Refusal {
    @Override
    public String message() {
      return "There is no " + path + " here.";
    }
  }

  /**
   * @param allowed goes into {@code Allow}
   */
  record MethodNotAllowed(String method, String path, Set<String> allowed) implements Refusal {
    @Override
    public String message() {
      return path + " does not take " + method + ", only " + String.join(", ", allowed) + ".";
    }
  }

  /** What is asked for is spoken in another protocol than the request. */
  record UpgradeRequired(String message) implements Refusal {}

  record TokenRequired() implements Refusal {
    @Override
    public String message() {
      return "No API key was sent. Use `Authorization: Bearer <key>` or `x-api-key: <key>`.";
    }
  }

  /** Unknown, revoked or expired; the message says which. */
  record InvalidApiKey(String message) implements Refusal {
    public static final InvalidApiKey UNKNOWN = new InvalidApiKey("The API key is not known.");
  }

  /** What an unknown token is called on {@code /api/payment/*}. */
  record TokenNotFound() implements Refusal {
    @Override
    public String message() {
      return "The token is not known.";
    }
  }

  /** Something that was named does not exist, or is not the caller's to see. */
  record NotFound(String what) implements Refusal {
    @Override
    public String message() {
      return "There is no such " + what + ".";
    }
  }

  /** Known, but nobody serves it here. */
  record NotOffered(String message) implements Refusal {}

  /** An idempotency key came back with another request. */
  record Conflict(String message) implements Refusal {}

  record BodyTooLarge(long bodyBytesMax) implements Refusal {
    @Override
    public String message() {
      return "The request body is larger than " + bodyBytesMax + " bytes.";
    }
  }

  /**
   * @param param the field at fault, as a path; null when it is the whole body
   */
  record InvalidRequest(String message, @Nullable String param) implements Refusal {}

  /** Not on the rate card, or without a price: never served for nothing. */
  record ModelNotFound(String model) implements Refusal {
    @Override
    public String message() {
      return "The model `" + model + "` is not offered here. GET /v1/models lists those that are.";
    }
  }

  record AccountSuspended() implements Refusal {
    @Override
    public String message() {
      return "The account is suspended.";
    }
  }

  record ModelNotAllowed(String model) implements Refusal {
    @Override
    public String message() {
      return "This API key may not use the model `" + model + "`.";
    }
  }

  /** The key may look, but not change what limits it or its account. */
  record KeyNotAllowed(String message) implements Refusal {}

  /** A page of another site asks, in somebody's browser. */
  record OriginNotAllowed() implements Refusal {
    @Override
    public String message() {
      return "Pages of other sites may not ask this.";
    }
  }

  /**
   * @param budget its name
   */
  record ConcurrencyExceeded(String budget, long limit) implements Refusal {
    public ConcurrencyExceeded(long limit) {
      this("concurrency", limit);
    }

    @Override
    public String message() {
      return "All " + limit + " concurrent requests are in use.";
    }

    @Override
    public Long retryAfterSeconds() {
      return 1L;
    }
  }

  /** Of the ledger's budgets, those that a shortage explains. */
  sealed interface OverBudget extends Refusal {
    Shortage shortage();

    OverBudget with(Shortage shortage);

    @Override
    default String message() {
      Shortage lack = shortage();
      return "This request may use %s, but %s left of %s `%s` of %s.%s"
          .formatted(
              lack.inUnit(lack.asked()),
              lack.inUnit(lack.remaining())
                  + (lack.unit() != Budget.Unit.USD && lack.remaining() != 1 ? " are" : " is"),
              lack.owner(),
              lack.budget(),
              lack.inUnit(lack.limit()),
              lack.whenFree());
    }

    @Override
    default @Nullable Long retryAfterSeconds() {
      return shortage().retryAfterSeconds();
    }
  }

  /** A budget of requests or of tokens. */
  record RateLimitExceeded(Shortage shortage) implements OverBudget {
    @Override
    public OverBudget with(Shortage other) {
      return new RateLimitExceeded(other);
    }
  }

  /** A USD budget over some time, other than the daily spending limit. */
  record BudgetExceeded(Shortage shortage) implements OverBudget {
    @Override
    public OverBudget with(Shortage other) {
      return new BudgetExceeded(other);
    }
  }

  /** A USD budget for good: the key's quota. */
  record QuotaExhausted(Shortage shortage) implements OverBudget {
    @Override
    public OverBudget with(Shortage other) {
      return new QuotaExhausted(other);
    }
  }

  /** The account's daily spending limit, until the next midnight UTC. */
  record DailyLimitReached(Shortage shortage) implements OverBudget {
    @Override
    public OverBudget with(Shortage other) {
      return new DailyLimitReached(other);
    }
  }

  /**
   * @param affordableOutputTokens how many output tokens the available balance would still pay for
   *     with this prompt; null when not even the prompt, or when the price knows no output
   */
  record InsufficientCredits(
      long requiredNanoUsd, long availableNanoUsd, @Nullable Long affordableOutputTokens)
      implements Refusal {
    @Override
    public String message() {
      return "This request is estimated at $%s but you have $%s available."
          .formatted(Money.usd(requiredNanoUsd), Money.usd(availableNanoUsd));
    }

    public InsufficientCredits withAffordableOutputTokens(@Nullable Long outputTokens) {
      return new InsufficientCredits(requiredNanoUsd, availableNanoUsd, outputTokens);
    }
  }

  /**
   * The same of what is told in whole cents: a run, a plan.
   *
   * @param priced how the sentence begins: {@code This run is estimated at}
   */
  record NotAffordable(String priced, long requiredNanoUsd, long availableNanoUsd)
      implements Refusal {
    @Override
    public String message() {
      return "%s %s but you have %s available."
          .formatted(
              priced,
              Money.dollars(Money.ceilCents(requiredNanoUsd) * Money.NANO_PER_CENT),
              Money.dollars(Money.floorCents(availableNanoUsd) * Money.NANO_PER_CENT));
    }
  }

  /** Redis does not answer, or its answer cannot be relied on: nothing is admitted. */
  record LedgerUnavailable() implements Refusal {
    @Override
    public String message() {
      return "The ledger is not available at the moment. Nothing was charged.";
    }

    @Override
    public Long retryAfterSeconds() {
      return 2L;
    }
  }

  /** The archive's database does not answer: what happened cannot be read now. Requests go on. */
  record ArchiveUnavailable() implements Refusal {
    @Override
    public String message() {
      return "The books cannot be read at the moment. Nothing is lost.";
    }

    @Override
    public Long retryAfterSeconds() {
      return 2L;
    }
  }

  record Overloaded(String message) implements Refusal {
    @Override
    public Long retryAfterSeconds() {
      return 1L;
    }
  }

  /**
   * @param retryAfterSeconds null where nobody knows
   */
  record UpstreamError(String message, @Nullable Long retryAfterSeconds) implements Refusal {
    public UpstreamError(String message) {
      this(message, null);
    }
  }

  record UpstreamTimeout(String message) implements Refusal {}

  /** A fault of ours; what it was stands in the log under the request id, never in the answer. */
  @SuppressWarnings("AvoidCommonTypeNames") // always written Refusal.InternalError
  record InternalError() implements Refusal {
    @Override
    public String message() {
      return "Something went wrong here. The request id tells us what.";
    }
  }
}
