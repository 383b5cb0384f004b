package dev.tollgate.account;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.archive.Books.Request;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.KeyState;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A token's balance and its last calls, in credits, as documents: what {@code /api/payment/balance}
 * and {@code /api/payment/usage} answer, and the tools of the MCP server.
 */
public final class CreditDocuments {
  private static final int RECENT_MAX = 25;

  private final Credits credits;

  public CreditDocuments(Credits credits) {
    this.credits = credits;
  }

  /** What is left, what was bought, and when the key was made and last used. */
  public Map<String, ?> balance(Access.Granted granted) {
    AccountState account = granted.account();
    KeyState key = granted.key();
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("ok", true);
    document.put("balance", credits.owned(account.balanceNanoUsd()));
    document.put("created", Times.seconds(key.createdAtMillis()));
    document.put("last_used", Times.seconds(key.lastUsedAtMillis()));
    document.put("total_purchased", credits.owned(account.lifetimeTopupNanoUsd()));
    return document;
  }

  /** The last calls of a key by endpoint, and the newest of them one by one. */
  public Map<String, ?> usage(AccountState account, RecentCalls calls) {
    Map<String, Object> endpoints = new LinkedHashMap<>();
    calls
        .byEndpoint()
        .forEach(
            (path, sum) -> {
              Map<String, @Nullable Object> endpoint = new LinkedHashMap<>();
              endpoint.put("calls", sum.calls());
              endpoint.put("credits", credits.spent(sum.costNanoUsd()));
              endpoint.put("last_seen", Times.seconds(sum.lastMillis()));
              endpoints.put(path, endpoint);
            });
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("ok", true);
    document.put("token_balance", credits.owned(account.balanceNanoUsd()));
    document.put("total_calls", calls.calls().size());
    document.put("total_credits_spent", credits.spent(calls.costNanoUsd()));
    document.put("by_endpoint", endpoints);
    document.put("recent", calls.calls().stream().limit(RECENT_MAX).map(this::call).toList());
    return document;
  }

  private Map<String, @Nullable Object> call(Request call) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("endpoint", call.endpoint());
    document.put("credits", credits.spent(call.costNanoUsd()));
    document.put("at", Times.seconds(call.endedAtMillis()));
    return document;
  }
}
