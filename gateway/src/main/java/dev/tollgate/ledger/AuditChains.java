package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.AuditDifference.Measure;
import dev.tollgate.ledger.AuditDifference.What;
import dev.tollgate.ledger.AuditedArchive.Balance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The events of one shard, in order, against the balances that its accounts had at a known place of
 * the stream: each event's balance must be that of the event before and its own amount, and the
 * last one the account's. The stream may have been cut at its head: an account's first event that
 * is left says what came before. Where its creation is left too, everything began at zero, and what
 * was ever credited can be summed up.
 *
 * <p>What does not fit is a suspicion only, since the head may have been cut while it was read. It
 * holds when the event before has not been cut since. Confined to one event loop.
 */
final class AuditChains {
  /** Holds when this place of the stream has not been cut. */
  private record Suspicion(StreamPlace before, AuditDifference difference) {}

  /** One account's. */
  private static final class Chain {
    private final String account;
    private final StreamPlace end;
    private final long balance;
    private final long lifetimeTopup;
    private final long lifetimeCredit;
    private @Nullable StreamPlace createdAt;
    private @Nullable StreamPlace previousAt;
    private long previous;
    private long topups;
    private long credits;

    Chain(String account, List<String> snapshot) {
      this.account = account;
      this.end = StreamPlace.of(snapshot.get(0));
      this.balance = AuditNumbers.parsed(snapshot.get(2));
      this.lifetimeTopup = AuditNumbers.parsed(snapshot.get(5));
      this.lifetimeCredit = AuditNumbers.parsed(snapshot.get(6));
    }
  }

  private final int suspicionsMax;
  private final RecentTexts seen;
  private final Map<String, Chain> chains = new HashMap<>();
  private final List<Suspicion> suspicions = new ArrayList<>();
  private final Set<String> strangers = new TreeSet<>();
  private final Set<String> repeated = new TreeSet<>();

  AuditChains(AuditSettings settings) {
    this.suspicionsMax = settings.differencesMax() + 1;
    this.seen = new RecentTexts(settings.rememberedEventsMax());
  }

  /**
   * @param snapshot as the script answers it
   */
  void expect(String account, List<String> snapshot) {
    chains.put(account, new Chain(account, snapshot));
  }

  /** What was stated of an account's money. */
  Balance balance(String account) {
    Chain chain = Objects.requireNonNull(chains.get(account));
    return new Balance(
        new AccountId(account),
        chain.end.position(),
        chain.balance,
        chain.lifetimeTopup,
        chain.lifetimeCredit);
  }

  void read(String place, Map<String, String> event) {
    String id = event.getOrDefault("id", "");
    if (seen.add(id) && repeated.size() < suspicionsMax) {
      repeated.add(id);
    }
    String account = event.getOrDefault("account", "");
    Chain chain = chains.get(account);
    if (chain == null) {
      if (strangers.size() < suspicionsMax) {
        strangers.add(account);
      }
      return;
    }
    StreamPlace at = StreamPlace.of(place);
    if (at.isAfter(chain.end)) {
      return;
    }
    if (event.containsKey("amount")) {
      append(chain, at, id, event);
    } else if (chain.previousAt == null && id.equals(account + ":account:0")) {
      chain.createdAt = at;
    }
  }

  private void append(Chain chain, StreamPlace at, String id, Map<String, String> event) {
    long amount = AuditNumbers.parsed(event.getOrDefault("amount", ""));
    long after = AuditNumbers.parsed(event.getOrDefault("balance_after", ""));
    if (amount == AuditNumbers.UNREADABLE || after == AuditNumbers.UNREADABLE) {
      suspect(chain, at, AuditDifference.of(What.UNREADABLE).event(id));
      return;
    }
    if (chain.previousAt != null) {
      if (chain.previous + amount != after) {
        AuditDifference broken = AuditDifference.usd(What.CHAIN, chain.previous + amount, after);
        suspect(chain, chain.previousAt, broken.event(id));
      }
    } else if (chain.createdAt != null && after != amount) {
      AuditDifference opening = AuditDifference.usd(What.OPENING, 0, after - amount);
      suspect(chain, chain.createdAt, opening.event(id));
    }
    chain.previousAt = at;
    chain.previous = after;
    if ("credit".equals(event.get("act"))) {
      chain.topups += "topup".equals(event.get("kind")) ? amount : 0;
      chain.credits += Math.max(0, amount);
    }
  }

  /** To be called at the end of the stream: compares the last balances. */
  void close() {
    for (Chain chain : chains.values()) {
      StreamPlace last = chain.previousAt == null ? chain.createdAt : chain.previousAt;
      if (last != null && chain.previous != chain.balance) {
        suspect(chain, last, AuditDifference.usd(What.BALANCE, chain.previous, chain.balance));
      }
      if (chain.createdAt != null) {
        closeLifetime(chain, chain.createdAt);
      }
    }
  }

  private void closeLifetime(Chain chain, StreamPlace createdAt) {
    if (chain.topups != chain.lifetimeTopup) {
      suspect(
          chain,
          createdAt,
          AuditDifference.usd(What.LIFETIME_TOPUP, chain.topups, chain.lifetimeTopup));
    }
    if (chain.credits != chain.lifetimeCredit) {
      suspect(
          chain,
          createdAt,
          AuditDifference.usd(What.LIFETIME_CREDIT, chain.credits, chain.lifetimeCredit));
    }
  }

  private void suspect(Chain chain, StreamPlace before, AuditDifference difference) {
    if (suspicions.size() < suspicionsMax) {
      suspicions.add(new Suspicion(before, difference.of(chain.account, null)));
    }
  }

  boolean hasSuspicions() {
    return !suspicions.isEmpty();
  }

  /**
   * The suspicions that hold.
   *
   * @param head the first place that the stream still has, asked after it was read
   */
  List<AuditDifference> confirmed(StreamPlace head) {
    return suspicions.stream()
        .filter(suspicion -> !head.isAfter(suspicion.before))
        .map(Suspicion::difference)
        .toList();
  }

  /** Accounts that have events but were not expected. */
  Set<String> strangers() {
    return strangers;
  }

  /** Ids of events that seem to be there more than once. */
  Set<String> repeated() {
    return repeated;
  }

  /** To be called for each event of a second reading: counts the events that are repeated. */
  static void countRepeated(
      Map<String, AuditDifference> counts, Set<String> repeated, Map<String, String> event) {
    String id = event.getOrDefault("id", "");
    if (repeated.contains(id)) {
      AuditDifference before = counts.get(id);
      long times = before == null || before.actual() == null ? 1 : before.actual() + 1;
      counts.put(
          id,
          AuditDifference.of(What.DUPLICATE_EVENT, Measure.EVENTS, 1L, times)
              .of(event.get("account"), null)
              .event(id));
    }
  }
}
