package dev.tollgate.api.customer;

import dev.tollgate.account.CreditDocuments;
import dev.tollgate.domain.Money;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts.AccountState;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * What an account has, for the holder of one of its keys, free of charge. One per lane; answers
 * complete on its event loop.
 */
public final class CustomerDoor {
  private final CustomerAccess access;
  private final CreditDocuments documents;

  public CustomerDoor(CustomerAccess access, CreditDocuments documents) {
    this.access = access;
    this.documents = documents;
  }

  /** {@code GET /api/payment/balance}, in credits. */
  public CompletionStage<Reply> credits(ServerRequest request) {
    return access.answer(request, documents::balance);
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
}
