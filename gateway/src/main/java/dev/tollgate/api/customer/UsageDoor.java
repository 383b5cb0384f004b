package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.Days;
import dev.tollgate.account.KeyUsage;
import dev.tollgate.account.Subscription;
import dev.tollgate.account.Times;
import dev.tollgate.account.UsageDocument;
import dev.tollgate.archive.Books.UsageGroup;
import dev.tollgate.domain.Money;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.BudgetState;
import dev.tollgate.ledger.PlanTerms;
import dev.tollgate.pricing.RateCard;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/usage}: of a key with a quota or windows its own limits, of an account with a
 * subscription that, else the wallet; and what the key has used. One per lane.
 */
public final class UsageDoor {
  private final CustomerAccess access;
  private final AccountBooks books;
  private final Supplier<RateCard> card;
  private final KeyLimits limits;

  public UsageDoor(
      CustomerAccess access, AccountBooks books, Supplier<RateCard> card, InstantSource clock) {
    this.access = access;
    this.books = books;
    this.card = card;
    this.limits = new KeyLimits(clock);
  }

  public CompletionStage<Reply> usage(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Days days = new Parameters(query).days(books.today());
          return books
              .usage(granted.key().ref(), days)
              .thenApply(read -> CustomerAccess.reply(read, usage -> document(granted, usage)));
        });
  }

  private Map<String, ?> document(Access.Granted granted, KeyUsage usage) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>(mode(granted));
    document.put("usage", usage(usage));
    document.put(
        "model_stats",
        usage.models().stream()
            .filter(model -> !model.group().isEmpty())
            .map(UsageDoor::model)
            .toList());
    return document;
  }

  private Map<String, @Nullable Object> mode(Access.Granted granted) {
    if (limits.areOn(granted.key())) {
      return limits.document(granted.key());
    }
    Optional<Subscription> subscription = Subscription.of(granted.account());
    return subscription.isPresent()
        ? plan(granted.account(), subscription.get())
        : wallet(granted.account());
  }

  private Map<String, @Nullable Object> plan(AccountState account, Subscription subscription) {
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("mode", "unrestricted");
    answer.put("isValid", true);
    answer.put("planName", subscription.planName(account, card.get()));
    answer.put("unit", "USD");
    answer.put("remaining", Money.decimal(subscription.remainingNanoUsd()));
    Map<String, @Nullable Object> limitsUsd = new LinkedHashMap<>();
    limitsUsd.put("daily_usage_usd", used(subscription.daily()));
    limitsUsd.put("weekly_usage_usd", used(subscription.weekly()));
    limitsUsd.put("monthly_usage_usd", used(subscription.monthly()));
    limitsUsd.put("daily_limit_usd", limit(subscription.daily()));
    limitsUsd.put("weekly_limit_usd", limit(subscription.weekly()));
    limitsUsd.put("monthly_limit_usd", limit(subscription.monthly()));
    PlanTerms terms = account.plan();
    limitsUsd.put("expires_at", terms == null ? null : Times.seconds(terms.untilMillis()));
    answer.put("subscription", limitsUsd);
    return answer;
  }

  private static @Nullable BigDecimal used(@Nullable BudgetState limit) {
    return limit == null ? null : Money.decimal(limit.used());
  }

  private static @Nullable BigDecimal limit(@Nullable BudgetState limit) {
    return limit == null ? null : Money.decimal(limit.budget().limit());
  }

  private static Map<String, @Nullable Object> wallet(AccountState account) {
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("mode", "unrestricted");
    answer.put("isValid", true);
    answer.put("planName", "Wallet Balance");
    answer.put("remaining", Money.decimal(account.availableNanoUsd()));
    answer.put("unit", "USD");
    answer.put("balance", Money.decimal(account.balanceNanoUsd()));
    return answer;
  }

  private static Map<String, Object> usage(KeyUsage usage) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("today", UsageDocument.of(usage.today()));
    document.put("total", UsageDocument.of(usage.total()));
    document.put("average_duration_ms", usage.averageDurationMillis());
    document.put("rpm", usage.requestsPerMinute());
    document.put("tpm", usage.tokensPerMinute());
    return document;
  }

  private static Map<String, Object> model(UsageGroup model) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("model", model.group());
    document.put("requests", model.sum().requests());
    document.put("tokens", model.sum().totalTokens());
    document.put("cost", Money.decimal(model.sum().listNanoUsd()));
    return document;
  }
}
