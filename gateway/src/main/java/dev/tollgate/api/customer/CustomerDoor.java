package dev.tollgate.api.customer;

import dev.tollgate.domain.Money;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.KeyState;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a customer may read about the account with one of its keys, free of charge. One per lane;
 * answers complete on its event loop.
 */
public final class CustomerDoor {
  private static final int CREDIT_DECIMALS = 9;

  private final CustomerAccess access;
  private final LongSupplier creditNanoUsd;
  private final InstantSource clock;

  /**
   * @param creditNanoUsd what one credit of {@code /api/payment/*} is worth at the moment
   */
  public CustomerDoor(CustomerAccess access, LongSupplier creditNanoUsd, InstantSource clock) {
    this.access = access;
    this.creditNanoUsd = creditNanoUsd;
    this.clock = clock;
  }

  /** {@code GET /v1/usage}: with a quota the key's, else the wallet's figures. */
  public CompletionStage<Reply> usage(ServerRequest request) {
    return access.answer(
        request,
        granted ->
            granted.key().quotaNanoUsd() == null
                ? wallet(granted.account())
                : quota(granted.key()));
  }

  /** {@code GET /api/payment/balance}, in credits. */
  public CompletionStage<Reply> credits(ServerRequest request) {
    return access.answer(
        request,
        granted -> {
          AccountState account = granted.account();
          KeyState key = granted.key();
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
    return access.answer(
        request,
        granted -> {
          AccountState account = granted.account();
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

  private Map<String, ?> quota(KeyState key) {
    long limit = key.quotaNanoUsd() == null ? 0 : key.quotaNanoUsd();
    BigDecimal remaining =
        Money.decimal(Math.max(0, limit - key.quotaUsedNanoUsd() - key.quotaHeldNanoUsd()));
    Map<String, Object> quota = new LinkedHashMap<>();
    quota.put("limit", Money.decimal(limit));
    quota.put("used", Money.decimal(key.quotaUsedNanoUsd()));
    quota.put("remaining", remaining);
    quota.put("unit", "USD");
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("mode", "quota_limited");
    answer.put("isValid", true);
    answer.put("status", "active");
    answer.put("quota", quota);
    answer.put("remaining", remaining);
    answer.put("unit", "USD");
    Long expiresAt = key.expiresAtMillis();
    if (expiresAt != null) {
      answer.put("expires_at", time(expiresAt));
      answer.put(
          "days_until_expiry",
          ChronoUnit.DAYS.between(clock.instant(), Instant.ofEpochMilli(expiresAt)));
    }
    answer.put("usage", Map.of());
    answer.put("model_stats", List.of());
    return answer;
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
