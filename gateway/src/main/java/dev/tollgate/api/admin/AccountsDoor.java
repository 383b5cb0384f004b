package dev.tollgate.api.admin;

import dev.tollgate.account.BudgetFields;
import dev.tollgate.account.Fields;
import dev.tollgate.account.IdempotencyKey;
import dev.tollgate.billing.plan.Plans;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Spelling;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Accounts.NewAccount;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.CreditOutcome;
import dev.tollgate.ledger.Ledger;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** {@code /admin/v1/accounts}: create, list, show, change, and credit accounts. */
public final class AccountsDoor {
  private static final long NO_MULTIPLIER_PPM = 1_000_000;
  private static final BigDecimal MULTIPLIER_MAX = BigDecimal.valueOf(100);
  private static final int PAGE_MAX = 1000;

  private final Accounts accounts;
  private final Ledger ledger;
  private final AccountPlans plans;
  private final Ids ids;
  private final RefusalRenderer refusals;

  public AccountsDoor(
      Accounts accounts, Ledger ledger, Plans plans, Ids ids, RefusalRenderer refusals) {
    this.accounts = accounts;
    this.ledger = ledger;
    this.plans = new AccountPlans(plans);
    this.ids = ids;
    this.refusals = refusals;
  }

  public CompletionStage<Reply> create(ServerRequest request, Query query, byte[] body) {
    Fields fields = Bodies.fields(body);
    String name = fields.requiredText("name");
    String email = orElse(fields.text("email"), "");
    long multiplier =
        orElse(fields.partsPerMillion("price_multiplier", MULTIPLIER_MAX), NO_MULTIPLIER_PPM);
    long creditLimit = orElse(fields.usd("credit_limit_usd", false), 0L);
    Plans.Wanted plan = plans.wanted(fields);
    fields.rejectOthers();
    Refusal refusal = plans.refusalToBeginWith(plan, creditLimit);
    if (refusal != null) {
      return CompletableFuture.completedFuture(refuse(request, refusal));
    }
    return accounts
        .create(new NewAccount(ids.nextAccountId(), name, email, multiplier, creditLimit))
        .thenCompose(account -> plans.put(account, plan))
        .thenApply(outcome -> reply(request, 201, outcome));
  }

  public CompletionStage<Reply> list(ServerRequest request, Query query, byte[] body) {
    String after = query.first("after");
    int limit = Bodies.pageSize(query.first("limit"), PAGE_MAX);
    return accounts
        .list(after == null ? null : new AccountId(after), limit)
        .thenApply(
            page ->
                Json.reply(
                    200, Map.of("data", page.stream().map(AccountsDoor::document).toList())));
  }

  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return accounts.find(account(request)).thenApply(found -> reply(request, found));
  }

  public CompletionStage<Reply> change(ServerRequest request, Query query, byte[] body) {
    Fields fields = Bodies.fields(body);
    AccountPatch patch =
        new AccountPatch(
            fields.text("name"),
            fields.text("email"),
            status(fields.text("status")),
            fields.partsPerMillion("price_multiplier", MULTIPLIER_MAX),
            fields.usd("credit_limit_usd", false),
            BudgetFields.ofAccount(fields));
    Plans.Wanted plan = plans.wanted(fields);
    fields.rejectOthers();
    if (plan == null) {
      return accounts.update(account(request), patch).thenApply(found -> reply(request, found));
    }
    return accounts
        .find(account(request))
        .thenCompose(
            found ->
                found.isPresent()
                    ? changeBoth(request, found.get(), plan, patch)
                    : CompletableFuture.completedFuture(reply(request, found)));
  }

  /** The plan first: it may be refused, and nothing is changed then. */
  private CompletionStage<Reply> changeBoth(
      ServerRequest request, AccountState account, Plans.Wanted plan, AccountPatch patch) {
    return plans
        .put(account, plan)
        .thenCompose(
            outcome ->
                outcome instanceof Plans.Outcome.Now
                    ? accounts.update(account.id(), patch).thenApply(found -> reply(request, found))
                    : CompletableFuture.completedFuture(reply(request, 200, outcome)));
  }

  private Reply reply(ServerRequest request, int status, Plans.Outcome outcome) {
    return switch (outcome) {
      case Plans.Outcome.Now(AccountState now) -> Json.reply(status, document(now));
      case Plans.Outcome.Refused(Refusal refusal) -> refuse(request, refusal);
    };
  }

  /** Books money; with an {@code Idempotency-Key} at most once for it. */
  public CompletionStage<Reply> credit(ServerRequest request, Query query, byte[] body) {
    Fields fields = Bodies.fields(body);
    Credit.Kind kind = kind(fields.requiredText("kind"));
    Long amount = fields.usd("amount_usd", kind == Credit.Kind.ADJUSTMENT);
    String reference = orElse(fields.text("reference"), "");
    fields.rejectOthers();
    if (amount == null || amount == 0) {
      throw new Fields.Fault("amount_usd", "amount_usd is required, and not 0.");
    }
    AccountId account = account(request);
    String id = account + ":" + idempotencyKey(request);
    return ledger
        .credit(new Credit(id, account, kind, amount, reference))
        .thenApply(outcome -> creditReply(request, account, kind, outcome));
  }

  private Reply creditReply(
      ServerRequest request, AccountId account, Credit.Kind kind, CreditOutcome outcome) {
    return switch (outcome) {
      case CreditOutcome.Credited credited -> {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", credited.entryId());
        document.put("account", account.value());
        document.put("kind", kind.key());
        document.put("amount_usd", Money.decimal(credited.amountNanoUsd()));
        document.put("balance_usd", Money.decimal(credited.balanceNanoUsd()));
        yield Json.reply(credited.isReplay() ? 200 : 201, document);
      }
      case CreditOutcome.Insufficient insufficient ->
          throw new IllegalStateException("refused below a floor that was not asked for");
      case CreditOutcome.UnknownAccount unknown -> refuse(request, new Refusal.NotFound("account"));
      case CreditOutcome.Conflict conflict ->
          refuse(
              request,
              new Refusal.Conflict("This Idempotency-Key was used for another amount or kind."));
      case CreditOutcome.OutOfRange outOfRange ->
          refuse(
              request,
              new Refusal.InvalidRequest(
                  "The balance would leave the range of ±$" + Money.usd(Money.MAX_NANO_USD) + ".",
                  "amount_usd"));
    };
  }

  private String idempotencyKey(ServerRequest request) {
    String key = IdempotencyKey.of(request.headers());
    return key == null ? ids.nextRequestId().value() : "key:" + key;
  }

  private static Map<String, ?> document(AccountState account) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", account.id().value());
    document.put("name", account.name());
    document.put("email", account.email());
    document.put("status", Spelling.of(account.status()));
    document.put("balance_usd", Money.decimal(account.balanceNanoUsd()));
    document.put("held_usd", Money.decimal(account.heldNanoUsd()));
    document.put("available_usd", Money.decimal(account.availableNanoUsd()));
    document.put("credit_limit_usd", Money.decimal(account.creditLimitNanoUsd()));
    document.put(
        "price_multiplier", BigDecimal.valueOf(account.multiplierPpm(), 6).stripTrailingZeros());
    document.put("lifetime_topup_usd", Money.decimal(account.lifetimeTopupNanoUsd()));
    document.put(
        "daily_limit_usd", BudgetFields.limitUsd(account.budget(Budget.DAILY_SPENDING_LIMIT)));
    document.put("budgets", BudgetFields.documents(account.budgets()));
    AccountPlans.document(account, document);
    document.put("created_at", Instant.ofEpochMilli(account.createdAtMillis()).toString());
    return document;
  }

  private static @Nullable AccountStatus status(@Nullable String status) {
    return switch (status) {
      case null -> null;
      case "active" -> AccountStatus.ACTIVE;
      case "suspended" -> AccountStatus.SUSPENDED;
      default -> throw new Fields.Fault("status", "status must be active or suspended.");
    };
  }

  private static Credit.Kind kind(String key) {
    return switch (key) {
      case "topup" -> Credit.Kind.TOPUP;
      case "signup_bonus" -> Credit.Kind.SIGNUP_BONUS;
      case "refund" -> Credit.Kind.REFUND;
      case "adjustment" -> Credit.Kind.ADJUSTMENT;
      default ->
          throw new Fields.Fault(
              "kind", "kind must be one of topup, signup_bonus, refund, adjustment.");
    };
  }

  private static AccountId account(ServerRequest request) {
    return new AccountId(Bodies.pathParameter(request, "id"));
  }

  private Reply reply(ServerRequest request, Optional<AccountState> found) {
    return found
        .map(account -> Json.reply(200, document(account)))
        .orElseGet(() -> refuse(request, new Refusal.NotFound("account")));
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    return refusals.render(refusal, request.path(), request.id());
  }

  private static <T> T orElse(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
