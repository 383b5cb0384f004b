package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess;
import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.LedgerUnavailableException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a customer may read about the account with one of its keys, free of charge. One per lane;
 * answers complete on its event loop.
 */
public final class CustomerDoor {
  private static final int CREDIT_DECIMALS = 9;

  private final AccountAccess access;
  private final RefusalRenderer refusals;
  private final LongSupplier creditNanoUsd;
  private final InstantSource clock;

  /**
   * @param creditNanoUsd what one credit of {@code /api/payment/*} is worth at the moment
   */
  public CustomerDoor(
      AccountAccess access,
      RefusalRenderer refusals,
      LongSupplier creditNanoUsd,
      InstantSource clock) {
    this.access = access;
    this.refusals = refusals;
    this.creditNanoUsd = creditNanoUsd;
    this.clock = clock;
  }

  /** {@code GET /v1/usage}: of a key with a quota or windows its own, else the wallet's figures. */
  public CompletionStage<Reply> usage(ServerRequest request) {
    KeyLimits limits = new KeyLimits(clock);
    return answer(
        request, (account, key) -> limits.areOn(key) ? limits.document(key) : wallet(account));
  }

  /** {@code GET /api/payment/balance}, in credits. */
  public CompletionStage<Reply> credits(ServerRequest request) {
    return answer(
        request,
        (account, key) -> {
          Map<String, @Nullable Object> answer = new LinkedHashMap<>();
          answer.put("ok", true);
          answer.put("balance", inCredits(account.balanceNanoUsd()));
          answer.put("created", time(key.createdAtMillis()));
          answer.put(
              "last_used", key.lastUsedAtMillis() == null ? null : time(key.lastUsedAtMillis()));
          answer.put("total_purchased", inCredits(account.lifetimeTopupNanoUsd()));
          return answer;
        });
  }

  /** {@code GET /v1/billing/balance}, in cents: what one has rounds down, what is reserved up. */
  public CompletionStage<Reply> balance(ServerRequest request) {
    return answer(
        request,
        (account, key) -> {
          long balanceCents = Money.floorCents(account.balanceNanoUsd());
          long reservedCents = Money.ceilCents(account.heldNanoUsd());
          Map<String, Object> data = new LinkedHashMap<>();
          data.put("balance_cents", balanceCents);
          data.put("reserved_cents", reservedCents);
          data.put("available_cents", balanceCents - reservedCents);
          data.put("lifetime_topup_cents", Money.floorCents(account.lifetimeTopupNanoUsd()));
          return Map.of("data", data);
        });
  }

  private static Map<String, ?> wallet(AccountState account) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("mode", "unrestricted");
    answer.put("isValid", true);
    answer.put("planName", "Wallet Balance");
    answer.put("remaining", Money.decimal(account.availableNanoUsd()));
    answer.put("unit", "USD");
    answer.put("balance", Money.decimal(account.balanceNanoUsd()));
    answer.put("usage", Map.of());
    answer.put("model_stats", List.of());
    return answer;
  }

  private CompletionStage<Reply> answer(
      ServerRequest request, BiFunction<AccountState, KeyState, Map<String, ?>> document) {
    return access
        .open(request.headers())
        .handle(
            (opened, failure) -> {
              if (failure != null) {
                return refuse(request, unavailableOrThrow(failure));
              }
              return switch (opened) {
                case Access.Denied(Refusal refusal) -> refuse(request, refusal);
                case Access.Granted(AccountState account, KeyState key) ->
                    Json.reply(200, document.apply(account, key));
              };
            });
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    boolean isUnknownToken =
        refusal.equals(Refusal.InvalidApiKey.UNKNOWN) && request.path().startsWith("/api/payment/");
    return refusals.render(
        isUnknownToken ? new Refusal.TokenNotFound() : refusal, request.path(), request.id());
  }

  private static Refusal unavailableOrThrow(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof LedgerUnavailableException) {
      return new Refusal.LedgerUnavailable();
    }
    throw new CompletionException(cause);
  }

  private BigDecimal inCredits(long nanoUsd) {
    BigDecimal credits =
        BigDecimal.valueOf(nanoUsd)
            .divide(
                BigDecimal.valueOf(creditNanoUsd.getAsLong()), CREDIT_DECIMALS, RoundingMode.FLOOR)
            .stripTrailingZeros();
    return credits.scale() < 0 ? credits.setScale(0) : credits;
  }

  private static String time(long epochMillis) {
    return Instant.ofEpochMilli(epochMillis).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
