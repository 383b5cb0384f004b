package dev.tollgate.ledger;

import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import java.util.ArrayList;
import java.util.List;

/** What scripts that charge are given of a settlement, in the order that their heads name. */
final class ChargeArguments {
  /** 2^53 - 1, as far as scripts count. */
  private static final long TOKENS_MAX = (1L << 53) - 1;

  private ChargeArguments() {}

  static String[] settle(Settlement settlement, String clockOffset, String tombstoneMillis) {
    List<String> arguments = charge(settlement, clockOffset, tombstoneMillis);
    addFacts(arguments, settlement);
    return arguments.toArray(String[]::new);
  }

  static String[] part(Settlement part, int number, String clockOffset, String tombstoneMillis) {
    List<String> arguments = charge(part, clockOffset, tombstoneMillis);
    arguments.add(Integer.toString(number));
    addFacts(arguments, part);
    return arguments.toArray(String[]::new);
  }

  /** Where nothing has been delivered, there is no checkpoint. */
  static String[] renew(Settlement soFar, long leaseMillis, String clockOffset) {
    List<String> arguments = new ArrayList<>(32);
    arguments.add(clockOffset);
    arguments.add(soFar.request().value());
    arguments.add(Long.toString(leaseMillis));
    if (soFar.costNanoUsd() > 0 || soFar.usage().totalTokens() > 0) {
      arguments.add(Long.toString(soFar.costNanoUsd()));
      arguments.add(Long.toString(soFar.listNanoUsd()));
      arguments.add(tokens(soFar.usage()));
      arguments.add(soFar.kind());
      addFacts(arguments, soFar);
    }
    return arguments.toArray(String[]::new);
  }

  private static List<String> charge(
      Settlement settlement, String clockOffset, String tombstoneMillis) {
    RequestId request = settlement.request();
    return new ArrayList<>(
        List.of(
            clockOffset,
            settlement.key().account().value(),
            settlement.key().key().value(),
            request.value(),
            settlement.kind(),
            Long.toString(settlement.costNanoUsd()),
            Long.toString(settlement.listNanoUsd()),
            Long.toString(settlement.heldNanoUsd()),
            tombstoneMillis,
            settlement.facts().model(),
            tokens(settlement.usage())));
  }

  private static void addFacts(List<String> arguments, Settlement settlement) {
    RequestFacts facts = settlement.facts();
    add(arguments, "usage", UsageText.write(settlement.usage()));
    add(arguments, "endpoint", facts.endpoint());
    add(arguments, "provider", facts.provider());
    add(arguments, "upstream_model", facts.upstreamModel());
    add(arguments, "status", Integer.toString(facts.status()));
    add(arguments, "streamed", facts.isStreamed() ? "1" : "0");
    add(arguments, "estimated", facts.estimated());
    add(arguments, "attempts", facts.attempts());
    add(arguments, "started_at", Long.toString(facts.startedAtMillis()));
    add(arguments, "duration_ms", Long.toString(facts.durationMillis()));
    add(arguments, "first_byte_ms", Long.toString(facts.firstByteMillis()));
    if (!settlement.object().isEmpty()) {
      add(arguments, "object", settlement.object());
    }
  }

  private static void add(List<String> arguments, String field, String value) {
    arguments.add(field);
    arguments.add(value);
  }

  private static String tokens(Usage usage) {
    return Long.toString(Math.min(usage.totalTokens(), TOKENS_MAX));
  }
}
