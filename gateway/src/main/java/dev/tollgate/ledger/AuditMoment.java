package dev.tollgate.ledger;

import java.util.List;
import java.util.Set;

/** What an account states to be held, and what its open holds are, of one and the same moment. */
record AuditMoment(AuditHeld stated, AuditHeld summed) {
  /**
   * Reads what the script answers.
   *
   * @param owners whose budgets were asked for, in that order
   */
  static AuditMoment of(List<String> answer, List<String> owners) {
    AuditHeld stated = AuditHeld.stated(answer.get(1), answer.get(2));
    AuditHeld summed = new AuditHeld();
    int at = 4;
    for (int left = Integer.parseInt(answer.get(3)); left > 0; left--) {
      summed.add(AuditHold.of(answer.subList(at, at + AuditHold.FIELDS)));
      at += AuditHold.FIELDS;
    }
    for (String owner : owners) {
      int budgets = Integer.parseInt(answer.get(at++));
      for (; budgets > 0; budgets--) {
        stated.put(owner, answer.get(at), AuditNumbers.parsed(answer.get(at + 1)));
        at += 2;
      }
    }
    return new AuditMoment(stated, summed);
  }

  List<AuditDifference> differences(String account, Set<String> owners) {
    return AuditHeld.differences(account, stated, summed, owners);
  }
}
