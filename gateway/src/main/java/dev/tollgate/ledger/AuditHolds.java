package dev.tollgate.ledger;

import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.AuditDifference.Measure;
import dev.tollgate.ledger.AuditDifference.What;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ScoredValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The open holds of one shard, page by page while they come and go: each is looked at by itself at
 * one moment, and what they hold is summed up by account. Sums of a moment they are not, so they
 * only say where to look again. Confined to one event loop.
 */
final class AuditHolds {
  private static final int FIELDS = 12;

  private final LaneConnection redis;
  private final Shard shard;
  private final AuditSettings settings;
  private final AuditFindings findings;
  private final long clockOffsetMillis;
  private final long leakedMillis;
  private final Set<String> seen = new HashSet<>();
  private final Map<String, AuditHeld> sums = new HashMap<>();
  private ScanCursor cursor = ScanCursor.INITIAL;

  /**
   * @param leakedMillis after its deadline, an open hold is taken for leaked
   */
  AuditHolds(
      LaneConnection redis,
      Shard shard,
      AuditSettings settings,
      AuditFindings findings,
      long clockOffsetMillis,
      long leakedMillis) {
    this.redis = redis;
    this.shard = shard;
    this.settings = settings;
    this.findings = findings;
    this.clockOffsetMillis = clockOffsetMillis;
    this.leakedMillis = leakedMillis;
  }

  /** What was held of an account, as its holds were seen. */
  AuditHeld of(String account) {
    return sums.getOrDefault(account, new AuditHeld());
  }

  CompletionStage<Boolean> sweep() {
    return Stages.repeat(this::page);
  }

  private CompletionStage<Boolean> page() {
    if (findings.isOver()) {
      return Stages.of(false);
    }
    ScanCursor from = cursor;
    ScanArgs about = ScanArgs.Builder.limit(settings.holdsPerPage());
    return redis
        .call(commands -> commands.zscan(shard.holds(), from, about), found -> found)
        .thenCompose(
            found -> {
              cursor = ScanCursor.of(found.getCursor());
              cursor.setFinished(found.isFinished());
              return look(
                  found.getValues().stream().map(ScoredValue::getValue).filter(seen::add).toList());
            })
        .thenApply(looked -> !cursor.isFinished());
  }

  private CompletionStage<Boolean> look(List<String> requests) {
    if (requests.isEmpty()) {
      return Stages.of(true);
    }
    List<String> keys = new ArrayList<>(List.of(shard.holds()));
    requests.forEach(request -> keys.add(shard.hold(new RequestId(request))));
    List<String> arguments =
        new ArrayList<>(List.of(Long.toString(clockOffsetMillis), shard.prefix()));
    arguments.addAll(requests);
    return redis.run(
        Script.AUDIT_HOLDS,
        keys.toArray(String[]::new),
        arguments.toArray(String[]::new),
        answer -> {
          long now = Long.parseLong(answer.getFirst());
          for (int i = 0; i < requests.size(); i++) {
            int at = 1 + i * FIELDS;
            judge(requests.get(i), answer.subList(at, at + FIELDS), now);
          }
          return true;
        });
  }

  /** The fields as the script answers them. */
  private void judge(String request, List<String> fields, long now) {
    String place = fields.get(0);
    String state = fields.get(1);
    String account = fields.get(2);
    String key = fields.get(3);
    if (place.isEmpty()) {
      return; // it has ended since it was listed
    }
    findings.countHolds(1);
    if (!state.equals("open")) {
      What what = state.isEmpty() ? What.HOLD_MISSING : What.HOLD_ENDED;
      add(AuditDifference.of(what), request, account, key);
      return;
    }
    AuditHold hold = AuditHold.of(fields.subList(3, 3 + AuditHold.FIELDS));
    if (hold.isBelowZero()) {
      long amount = AuditNumbers.parsed(fields.get(4));
      add(AuditDifference.of(What.HOLD_AMOUNT, Measure.USD, null, amount), request, account, key);
    }
    judgeDeadline(request, fields, now);
    if (fields.get(10).equals("0")) {
      add(AuditDifference.of(What.HOLD_ACCOUNT), request, account, key);
    } else if (fields.get(11).equals("0")) {
      add(AuditDifference.of(What.HOLD_KEY), request, account, key);
    }
    sums.computeIfAbsent(account, first -> new AuditHeld()).add(hold);
  }

  private void judgeDeadline(String request, List<String> fields, long now) {
    long place = AuditNumbers.parsed(fields.get(0));
    long deadline = AuditNumbers.parsed(fields.get(9));
    AuditDifference difference;
    if (place != deadline) {
      difference = AuditDifference.of(What.HOLD_DEADLINE, Measure.TIME, deadline, place);
    } else if (deadline + leakedMillis < now) {
      difference = AuditDifference.of(What.HOLD_LEAKED, Measure.TIME, null, deadline);
    } else {
      return;
    }
    add(difference, request, fields.get(2), fields.get(3));
  }

  private void add(AuditDifference difference, String request, String account, String key) {
    findings.add(
        difference
            .of(account.isEmpty() ? null : account, key.isEmpty() ? null : key)
            .request(request));
  }
}
