package dev.tollgate.billing.invoice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.invoice.Invoice.Line;
import dev.tollgate.billing.invoice.Statement.Sum;
import dev.tollgate.billing.invoice.Statement.Used;
import dev.tollgate.domain.Money;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StatementTest {
  private static final List<String> KINDS =
      List.of(
          "debit_inference",
          "debit_request",
          "debit_run",
          "debit_autotune",
          "debit_of_tomorrow",
          "plan_fee",
          "adjustment",
          "topup",
          "bonus",
          "signup_bonus",
          "refund",
          "kind_of_tomorrow");

  private static String told(Line line) {
    return line.description() + " " + line.amount().nanoUsd();
  }

  @Test
  void lines_areInTheOrderOfThePaper_andAdjustmentsGoWithTheirModel() {
    Statement statement =
        Statement.of(
            7,
            List.of(
                new Sum("adjustment", "b", true, "", -1),
                new Sum("adjustment", "unknown", true, "", -2),
                new Sum("adjustment", "", false, "", -3),
                new Sum("adjustment", "", false, "N-1", -4),
                new Sum("plan_fee", "", false, "", -5),
                new Sum("debit_run", "b", true, "", -6),
                new Sum("debit_inference", "b", true, "", -7),
                new Sum("debit_inference", "a", true, "", -8),
                new Sum("topup", "", false, "", 9),
                new Sum("debit_autotune", "b", true, "", -10),
                new Sum("debit_request", "", true, "", -11)),
            Map.of("b", new Used(3, 20, 10), "", new Used(2, 0, 0)));

    assertThat(statement.charges().stream().map(StatementTest::told))
        .containsExactly(
            "Inference: a 8",
            "Inference: b 8",
            "API calls 11",
            "Training runs: b 6",
            "Auto-tune: b 10",
            "Plan fees 5",
            "Adjustments to actual cost: unknown 2");
    assertThat(statement.movements().stream().map(StatementTest::told))
        .containsExactly("Payments received 9", "Tax of invoice N-1 -4", "Adjustments -3");
    assertThat(statement.charges().stream().map(Line::requests))
        .containsExactly(null, 3L, 2L, null, null, null, null);
    assertThat(statement.opening().nanoUsd()).isEqualTo(7);
    assertThat(statement.total().nanoUsd()).isEqualTo(50);
    assertThat(statement.closing().nanoUsd()).isEqualTo(7 - 50 + 9 - 4 - 3);
  }

  @Test
  void lines_ofRandomEntries_addUpToTheNanoDollarAndToTheCent() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      List<Sum> sums = new ArrayList<>();
      for (int j = random.nextInt(30); j > 0; j--) {
        String kind = KINDS.get(random.nextInt(KINDS.size()));
        boolean isOfRequest = kind.startsWith("debit_") || random.nextBoolean();
        long amount = random.nextLong(-50_000_000_000L, 50_000_000_000L) >> random.nextInt(30);
        sums.add(
            new Sum(kind, isOfRequest ? "m" + random.nextInt(3) : "", isOfRequest, "", amount));
      }
      long opening = random.nextLong(-1_000_000_000_000L, 1_000_000_000_000L);

      Statement statement = Statement.of(opening, sums, Map.of());

      long moved = sums.stream().mapToLong(Sum::amountNanoUsd).sum();
      assertThat(statement.closing().nanoUsd()).isEqualTo(opening + moved);
      assertThat(statement.closing().cents()).isEqualTo(Money.floorCents(opening + moved));
      assertThat(sum(statement.movements(), false) - sum(statement.charges(), false))
          .isEqualTo(moved);
      assertThat(sum(statement.charges(), false)).isEqualTo(statement.total().nanoUsd());
      assertThat(sum(statement.charges(), true)).isEqualTo(statement.total().cents());
      assertThat(statement.opening().cents() + sum(statement.movements(), true))
          .isEqualTo(statement.closing().cents() + statement.total().cents());
      for (Line line : statement.charges()) {
        long off = line.amount().cents() * Money.NANO_PER_CENT - line.amount().nanoUsd();
        assertThat(Math.abs(off)).isLessThan(Money.NANO_PER_CENT);
      }
    }
  }

  private static long sum(List<Line> lines, boolean isInCents) {
    return lines.stream()
        .mapToLong(line -> isInCents ? line.amount().cents() : line.amount().nanoUsd())
        .sum();
  }
}
