package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Changes of plans in the journal. */
final class JournalPlans {
  private JournalPlans() {}

  static void write(ByteBuf out, PlanChange change) {
    JournalCodec.write(out, change.account().value());
    JournalCodec.write(out, change.id());
    out.writeLong(change.revisionBefore());
    out.writeLong(change.backNanoUsd());
    out.writeLong(change.feeNanoUsd());
    JournalCodec.write(out, change.reference());
    Map<String, String> fields = PlanFields.of(change.terms());
    out.writeInt(fields.size());
    fields.forEach(
        (name, value) -> {
          JournalCodec.write(out, name);
          JournalCodec.write(out, value);
        });
    out.writeInt(change.budgets().size());
    for (BudgetChange budget : change.budgets()) {
      JournalCodec.write(out, budget.name());
      JournalCodec.write(
          out, budget.budget() == null ? "" : BudgetLines.of(List.of(budget.budget())));
    }
  }

  static PlanChange read(ByteBuf in) {
    AccountId account = new AccountId(JournalCodec.text(in));
    String id = JournalCodec.text(in);
    long revision = in.readLong();
    long back = in.readLong();
    long fee = in.readLong();
    String reference = JournalCodec.text(in);
    Map<String, String> fields = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      fields.put(JournalCodec.text(in), JournalCodec.text(in));
    }
    List<BudgetChange> budgets = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      String name = JournalCodec.text(in);
      String line = JournalCodec.text(in);
      budgets.add(
          line.isEmpty()
              ? BudgetChange.remove(name)
              : BudgetChange.put(BudgetLines.parse(line, Budget.Scope.ACCOUNT)));
    }
    return new PlanChange(
        account,
        id,
        revision,
        back,
        fee,
        reference,
        PlanFields.find(new StoredHash(fields)),
        budgets);
  }
}
