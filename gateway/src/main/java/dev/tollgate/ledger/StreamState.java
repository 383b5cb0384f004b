package dev.tollgate.ledger;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the events of a shard were archived at a moment.
 *
 * @param length of the stream, with archived events that are still kept
 * @param last the newest event's place
 * @param delivered the place of the last event that some gateway has read to archive it
 * @param pending of those that have been read, how many are not acknowledged
 * @param firstPending the oldest of them; null when there is none
 * @param waiting events that are not archived
 * @param firstWaiting the oldest of them; null when there is none
 * @param atMillis by the clock of Redis
 * @param removed how many archived events have left the stream by this very look
 */
public record StreamState(
    long length,
    StreamPlace last,
    StreamPlace delivered,
    long pending,
    @Nullable StreamPlace firstPending,
    long waiting,
    @Nullable StreamPlace firstWaiting,
    long atMillis,
    long removed) {

  /** As the script answers it. */
  static StreamState of(List<String> answer) {
    return new StreamState(
        Long.parseLong(answer.get(0)),
        StreamPlace.of(answer.get(1)),
        StreamPlace.of(answer.get(2)),
        Long.parseLong(answer.get(3)),
        place(answer.get(4)),
        Long.parseLong(answer.get(5)),
        place(answer.get(6)),
        Long.parseLong(answer.get(7)),
        Long.parseLong(answer.get(8)));
  }

  private static @Nullable StreamPlace place(String text) {
    return text.isEmpty() ? null : StreamPlace.of(text);
  }

  /** Whether that event and all before it are archived. */
  public boolean isArchived(StreamPlace place) {
    return !place.isAfter(delivered) && (firstPending == null || firstPending.isAfter(place));
  }

  /** How long the oldest event that is not archived has waited; 0 when there is none. */
  public long waitingMillis() {
    return firstWaiting == null ? 0 : Math.max(0, atMillis - firstWaiting.millis());
  }
}
