package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.ledger.AuditDifference.What;
import dev.tollgate.ledger.AuditedArchive.Balance;
import dev.tollgate.ledger.AuditedArchive.Owner;
import dev.tollgate.ledger.AuditedArchive.OwnerName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger against its archive, in both directions: all that is in Redis must be archived as it
 * is, and all accounts and keys that are archived must be in Redis. What the archive cannot be
 * asked about is counted, and is no proof. Confined to one event loop.
 */
final class AuditComparison {
  private static final Logger log = LoggerFactory.getLogger(AuditComparison.class);

  private static final String[] ACCOUNT_FIELDS =
      Stream.concat(
              Stream.of(
                  "revision",
                  "status",
                  "name",
                  "email",
                  "multiplier_ppm",
                  "credit_limit",
                  "budgets",
                  "created_at"),
              PlanFields.names().stream())
          .toArray(String[]::new);
  private static final String[] KEY_FIELDS = {
    "revision",
    "sha256",
    "status",
    "name",
    "hint",
    "budgets",
    "models",
    "scopes",
    "expires_at",
    "created_at"
  };

  private final LaneConnection redis;
  private final Shards shards;
  private final AuditSettings settings;
  private final AuditFindings findings;
  private final AuditedArchive archive;
  private final List<Owner> gathered = new ArrayList<>();
  private @Nullable OwnerName last;

  AuditComparison(
      LaneConnection redis,
      Shards shards,
      AuditSettings settings,
      AuditFindings findings,
      AuditedArchive archive) {
    this.redis = redis;
    this.shards = shards;
    this.settings = settings;
    this.findings = findings;
    this.archive = archive;
  }

  /** What the hash of an account says of itself. */
  CompletionStage<Owner> account(AccountId account) {
    return owner(account, null);
  }

  /** The same of a key. */
  CompletionStage<Owner> key(AccountId account, KeyId key) {
    return owner(account, key);
  }

  private CompletionStage<Owner> owner(AccountId account, @Nullable KeyId key) {
    Shard shard = shards.of(account);
    String hash = key == null ? shard.account(account) : shard.key(key);
    String[] names = key == null ? ACCOUNT_FIELDS : KEY_FIELDS;
    return redis.call(
        hash,
        commands -> commands.hmget(hash, names),
        values -> {
          Map<String, String> fields = new HashMap<>();
          values.forEach(value -> fields.put(value.getKey(), value.getValueOrElse("")));
          String revision = fields.remove("revision");
          return new Owner(
              account,
              key,
              revision == null || revision.isEmpty() ? 0 : AuditNumbers.parsed(revision),
              fields);
        });
  }

  /** Compares these owners, once there are enough of them, or with what is compared next. */
  CompletionStage<Boolean> gather(List<Owner> owners) {
    gathered.addAll(owners);
    return gathered.size() < settings.accountsPerPage()
        ? Stages.of(true)
        : compareWithGathered(List.of(), List.of());
  }

  /** Adds what differs of these, all of one shard. What is not there is not compared. */
  CompletionStage<Boolean> compareWithGathered(List<Balance> balances, List<Owner> more) {
    List<Owner> owners =
        Stream.concat(gathered.stream(), more.stream()).filter(AuditComparison::isThere).toList();
    gathered.clear();
    if (balances.isEmpty() && owners.isEmpty()) {
      return Stages.of(true);
    }
    return here(
            archive.compare(balances, owners),
            failure -> {
              unarchived(balances.size() + owners.size(), failure);
              return List.of();
            })
        .thenCompose(differences -> Stages.all(differences.stream().map(this::confirm).toList()))
        .thenApply(confirmed -> true);
  }

  private static boolean isThere(Owner owner) {
    return owner.fields().values().stream().anyMatch(value -> !value.isEmpty());
  }

  private void unarchived(int owners, Throwable failure) {
    findings.countUnarchived(owners);
    log.warn("the audit cannot compare {} accounts and keys with the archive", owners, failure);
  }

  /** An owner that was changed after it had been looked at is as it must be. */
  private CompletionStage<Boolean> confirm(AuditDifference difference) {
    Long archived = difference.expected();
    if (difference.what() != What.REVISION || archived == null || difference.account() == null) {
      findings.add(difference);
      return Stages.of(true);
    }
    AccountId account = new AccountId(difference.account());
    KeyId key = difference.key() == null ? null : new KeyId(difference.key());
    return owner(account, key)
        .thenApply(
            now -> {
              long before = difference.actual() == null ? now.revision() : difference.actual();
              if (before > archived || now.revision() < archived) {
                findings.add(difference);
              }
              return true;
            });
  }

  /** Adds the accounts and keys that are archived, and are not in Redis. */
  CompletionStage<Boolean> lookForLost() {
    return Stages.repeat(this::lostPage);
  }

  private CompletionStage<Boolean> lostPage() {
    if (findings.isOver()) {
      return Stages.of(false);
    }
    int count = settings.accountsPerPage();
    return here(
            archive.owners(last, count),
            failure -> {
              unarchived(1, failure);
              return List.of();
            })
        .thenCompose(
            page -> {
              if (!page.isEmpty()) {
                last = page.getLast();
              }
              return Stages.all(page.stream().map(this::look).toList())
                  .thenApply(looked -> page.size() == count);
            });
  }

  private CompletionStage<Boolean> look(OwnerName name) {
    Shard shard = shards.of(name.account());
    String hash = name.key() == null ? shard.account(name.account()) : shard.key(name.key());
    return redis.call(
        hash,
        commands -> commands.exists(hash),
        found -> {
          if (found == 0) {
            What what = name.key() == null ? What.ACCOUNT_MISSING : What.KEY_MISSING;
            String key = name.key() == null ? null : name.key().value();
            findings.add(AuditDifference.of(what).of(name.account().value(), key));
          }
          return true;
        });
  }

  /** Goes on here, also after a failure. */
  private <T> CompletionStage<T> here(
      CompletionStage<T> elsewhere, Function<Throwable, T> whenFailed) {
    return elsewhere.handleAsync(
        (value, failure) -> failure == null ? value : whenFailed.apply(failure), redis.executor());
  }
}
