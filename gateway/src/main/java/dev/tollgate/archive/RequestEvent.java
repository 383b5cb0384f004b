package dev.tollgate.archive;

import org.jspecify.annotations.Nullable;

/** What an event says of a request. */
enum RequestEvent {
  SETTLE,
  PART,
  REAP,
  RELEASE,
  /** A settlement or release takes back what a reaper charged. */
  REAP_REVERSAL;

  private static final String REVERSAL = ":reap_reversal";

  /** Null for events that say nothing of one that another does not say better. */
  static @Nullable RequestEvent of(ArchiveEvent event) {
    if (event.field("request").isEmpty()) {
      return null;
    }
    return switch (event.act()) {
      case "settle" -> event.field("part").isEmpty() ? SETTLE : PART;
      case "reap" -> REAP;
      case "release" -> RELEASE;
      case "adjustment" -> event.id().endsWith(REVERSAL) ? REAP_REVERSAL : null;
      default -> null;
    };
  }
}
