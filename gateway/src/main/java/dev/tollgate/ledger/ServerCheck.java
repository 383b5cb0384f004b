package dev.tollgate.ledger;

import dev.tollgate.ledger.LedgerSettings.Allowance;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server says of itself, judged: whether money can be trusted to it. */
final class ServerCheck {
  private final String server;
  private final Set<Allowance> allowed;
  private final List<String> faults = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private ServerCheck(String server, Set<Allowance> allowed) {
    this.server = server;
    this.allowed = allowed;
  }

  /**
   * @param server its name, for messages
   * @param info what INFO says; fields may be missing, as with some managed servers
   * @param appendFsync what CONFIG GET says; empty when it is not allowed
   */
  static ServerCheck of(String server, String info, String appendFsync, Set<Allowance> allowed) {
    ServerCheck check = new ServerCheck(server, allowed);
    check.version(info);
    check.policy(info);
    check.persistence(info, appendFsync);
    return check;
  }

  /** Why it must not be used; each a sentence for an operator. */
  List<String> faults() {
    return faults;
  }

  List<String> warnings() {
    return warnings;
  }

  private void version(String info) {
    Optional<RedisVersion> valkey = field(info, "valkey_version").flatMap(RedisVersion::find);
    Optional<RedisVersion> redis = field(info, "redis_version").flatMap(RedisVersion::find);
    Optional<RedisVersion> version = valkey.or(() -> redis);
    if (version.isEmpty()) {
      warnings.add(unknown("its version", RedisVersion.OLDEST_SUPPORTED + " or later"));
    } else if (!version.get().isAtLeast(RedisVersion.OLDEST_SUPPORTED)) {
      faults.add(
          "%s: %s %s is too old: the ledger needs %s or later"
              .formatted(
                  server,
                  valkey.isPresent() ? "Valkey" : "Redis",
                  version.get(),
                  RedisVersion.OLDEST_SUPPORTED));
    }
  }

  private void policy(String info) {
    Optional<String> policy = field(info, "maxmemory_policy");
    if (policy.isEmpty()) {
      warnings.add(unknown("its maxmemory-policy", "noeviction"));
    } else if (!policy.get().equals("noeviction")) {
      judge(
          Allowance.EVICTION,
          "its maxmemory-policy is %s, so it may throw balances away when memory runs short."
              .formatted(policy.get()),
          "Set it to noeviction");
    }
  }

  private void persistence(String info, String appendFsync) {
    Optional<String> aof = field(info, "aof_enabled");
    if (aof.isEmpty()) {
      warnings.add(unknown("whether it has an append-only file", "yes"));
    } else if (aof.get().equals("0")) {
      judge(
          Allowance.NO_PERSISTENCE,
          "it has no append-only file, so a restart forgets more than the journals bring back.",
          "Set appendonly to yes");
    } else if (appendFsync.equals("no")) {
      warnings.add(
          server
              + ": its appendfsync is no, so a power cut may forget half a minute or more; everysec"
              + " is what the journals are meant for");
    }
  }

  private void judge(Allowance allowance, String what, String remedy) {
    if (allowed.contains(allowance)) {
      warnings.add("%s: %s It is allowed by limits.ledger.allow".formatted(server, what));
    } else {
      faults.add(
          "%s: %s %s, or put %s into limits.ledger.allow"
              .formatted(server, what, remedy, allowance.key()));
    }
  }

  private String unknown(String what, String wanted) {
    return "%s does not tell %s: make sure that it is %s".formatted(server, what, wanted);
  }

  /** What Redis says of itself under that name. */
  static Optional<String> field(String info, String name) {
    Matcher line = Pattern.compile("(?m)^" + name + ":(\\S+)").matcher(info);
    return line.find() ? Optional.of(line.group(1)) : Optional.empty();
  }
}
