package dev.tollgate.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Budgets of any kind, of an account or of a key. */
class BudgetOptions {
  @Option(
      names = "--budget",
      paramLabel = "BUDGET",
      converter = BudgetOption.Reader.class,
      description = {
        "Any budget: name=opus,unit=usd,period=rolling:5h,limit=3,model=claude-opus*. Repeatable.",
        "unit: usd, requests, tokens or concurrent. period: lifetime (unless given), rolling:5h,",
        "first_use:5h, calendar:day, calendar:week or calendar:month. limit=none takes it away."
      })
  private @Nullable List<BudgetOption> budgets;

  void addTo(Map<String, @Nullable Object> body) {
    if (budgets != null) {
      body.put("budgets", budgets.stream().map(BudgetOption::document).toList());
    }
  }
}
