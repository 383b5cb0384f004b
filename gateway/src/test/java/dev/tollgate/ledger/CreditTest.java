package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import dev.tollgate.ledger.Credit.Kind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(RedisForTests.ON_THE_SHARED)
class CreditTest {
  private static RedisForTests redis;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @Test
  void credit_books_oncePerId() {
    AccountId account = redis.account(0);
    Credit credit = new Credit(freshId(), account, Kind.TOPUP, 3 * USD, "invoice 7");

    assertThat(await(redis.ledger().credit(credit)))
        .isEqualTo(new CreditOutcome.Credited(credit.id() + ":credit", 3 * USD, 3 * USD, false));
    assertThat(await(redis.ledger().credit(credit)))
        .isEqualTo(new CreditOutcome.Credited(credit.id() + ":credit", 3 * USD, 3 * USD, true));
    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(3 * USD);
    assertThat(redis.events(account))
        .filteredOn(event -> "credit".equals(event.get("act")))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event)
                    .containsEntry("id", credit.id() + ":credit")
                    .containsEntry("kind", "topup")
                    .containsEntry("amount", "3000000000")
                    .containsEntry("balance_after", "3000000000")
                    .containsEntry("reference", "invoice 7"));
  }

  @Test
  void credit_ofAnIdThatWasUsedForSomethingElse_isAConflict() {
    AccountId account = redis.account(0);
    Credit credit = new Credit(freshId(), account, Kind.TOPUP, 3 * USD, "");
    await(redis.ledger().credit(credit));

    assertThat(await(redis.ledger().credit(with(credit, account, Kind.TOPUP, USD))))
        .isEqualTo(new CreditOutcome.Conflict());
    assertThat(await(redis.ledger().credit(with(credit, account, Kind.REFUND, 3 * USD))))
        .isEqualTo(new CreditOutcome.Conflict());
    for (int i = 0; i < 3; i++) {
      AccountId other = redis.account(0);
      assertThat(await(redis.ledger().credit(with(credit, other, Kind.TOPUP, 3 * USD))))
          .isEqualTo(new CreditOutcome.Conflict());
      assertThat(redis.state(other).balanceNanoUsd()).isZero();
    }
    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(3 * USD);
  }

  @Test
  void credit_toAnUnknownAccount_claimsNothing() {
    AccountId account = redis.account(0);
    Credit mistaken = new Credit(freshId(), new AccountId("acct_nobody"), Kind.TOPUP, USD, "");

    assertThat(await(redis.ledger().credit(mistaken)))
        .isEqualTo(new CreditOutcome.UnknownAccount());
    assertThat(await(redis.ledger().credit(with(mistaken, account, Kind.TOPUP, USD))))
        .isInstanceOf(CreditOutcome.Credited.class);
  }

  @Test
  void credit_byKind_isCountedAmongWhatWasCredited() {
    AccountId account = redis.account(0);
    credit(account, Kind.TOPUP, 10);
    credit(account, Kind.SIGNUP_BONUS, 5);
    credit(account, Kind.REFUND, 3);
    credit(account, Kind.ADJUSTMENT, 2);
    credit(account, Kind.ADJUSTMENT, -25);

    Accounts.AccountState state = redis.state(account);
    assertThat(state.balanceNanoUsd()).isEqualTo(-5);
    assertThat(state.lifetimeTopupNanoUsd()).isEqualTo(10);
    assertThat(state.lifetimeCreditNanoUsd()).isEqualTo(20);
  }

  @Test
  void credit_thatLeavesTheRange_isRefused() {
    AccountId account = redis.account(0);
    assertThat(credit(account, Kind.TOPUP, Money.MAX_NANO_USD))
        .isInstanceOf(CreditOutcome.Credited.class);

    assertThat(credit(account, Kind.TOPUP, 1)).isEqualTo(new CreditOutcome.OutOfRange());
    assertThat(credit(account, Kind.ADJUSTMENT, -1)).isInstanceOf(CreditOutcome.Credited.class);
    assertThat(credit(account, Kind.TOPUP, 1)).isInstanceOf(CreditOutcome.Credited.class);
    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(Money.MAX_NANO_USD);

    AccountId debtor = redis.account(0);
    credit(debtor, Kind.ADJUSTMENT, -Money.MAX_NANO_USD);
    assertThat(credit(debtor, Kind.ADJUSTMENT, -1)).isEqualTo(new CreditOutcome.OutOfRange());
    assertThat(redis.state(debtor).balanceNanoUsd()).isEqualTo(-Money.MAX_NANO_USD);
  }

  @Test
  void credit_thatTakesOut_staysAboveItsFloor() {
    AccountId account = redis.account(10);
    KeyRef key = redis.key(account);
    redis.hold(redis.nextRequest(), key, 3);
    Credit out = new Credit(freshId(), account, Kind.REFUND, -5, "", 2L);
    Credit tooMuch = new Credit(freshId(), account, Kind.REFUND, -6, "", 2L);

    assertThat(await(redis.ledger().credit(tooMuch)))
        .isEqualTo(new CreditOutcome.Insufficient(10, 3));
    assertThat(await(redis.ledger().credit(out))).isInstanceOf(CreditOutcome.Credited.class);
    assertThat(await(redis.ledger().credit(out)))
        .isEqualTo(new CreditOutcome.Credited(out.id() + ":credit", -5, 5, true));
    assertThat(
            await(redis.ledger().credit(new Credit(freshId(), account, Kind.REFUND, -1, "", 2L))))
        .isEqualTo(new CreditOutcome.Insufficient(5, 3));
    assertThat(redis.state(account).lifetimeCreditNanoUsd()).isEqualTo(10);
  }

  @Test
  void credit_ofAWrongAmount_isNotMade() {
    AccountId account = new AccountId("acct_any");
    assertThatThrownBy(() -> new Credit("id", account, Kind.TOPUP, 0, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Credit("id", account, Kind.BONUS, -1, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Credit("id", account, Kind.TOPUP, Long.MIN_VALUE, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Credit("", account, Kind.TOPUP, 1, ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static CreditOutcome credit(AccountId account, Kind kind, long amount) {
    return await(redis.ledger().credit(new Credit(freshId(), account, kind, amount, "")));
  }

  private static Credit with(Credit credit, AccountId account, Kind kind, long amount) {
    return new Credit(credit.id(), account, kind, amount, credit.reference());
  }

  private static String freshId() {
    return "credit-" + redis.nextRequest().value();
  }
}
