package dev.tollgate.archive;

import dev.tollgate.ledger.EventStreams;
import dev.tollgate.ledger.LedgerEvent;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.StreamPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Reads batches of a shard, page after page, each when the one before it has come: between two
 * pages Redis serves others. Holds no state, and waits for nothing.
 */
final class DrainReader {
  private final DrainSettings settings;
  private final EventStreams streams;
  private final String consumer;

  /**
   * What has been read.
   *
   * @param isMore whether the last page was full
   * @param recoveredTo the last event of its own that was read again; null when that was none
   * @param isRecovered whether it was the last of those
   * @param away why there is no more of it; null when nothing went wrong
   */
  record Batch(
      List<LedgerEvent> events,
      boolean isMore,
      @Nullable StreamPlace recoveredTo,
      boolean isRecovered,
      @Nullable LedgerUnavailableException away) {
    static final Batch NOTHING = new Batch(List.of(), false, null, false, null);
  }

  DrainReader(DrainSettings settings, EventStreams streams, String consumer) {
    this.settings = settings;
    this.streams = streams;
    this.consumer = consumer;
  }

  /** What nobody has read. */
  CompletionStage<Batch> readNew(int shard) {
    return new Pages(shard).readNew();
  }

  /** What this gateway has read before, behind a place, and not acknowledged; then what is new. */
  CompletionStage<Batch> readOwn(int shard, StreamPlace after) {
    return new Pages(shard).readOwn(after);
  }

  /** Of one batch. Its steps come one after the other. */
  private final class Pages {
    private final int shard;
    private final List<LedgerEvent> events = new ArrayList<>();
    private @Nullable StreamPlace recoveredTo;
    private boolean isRecovered;

    Pages(int shard) {
      this.shard = shard;
    }

    CompletionStage<Batch> readNew() {
      return streams
          .readNew(shard, consumer, settings.pageEventsMax())
          .handle(
              (page, failure) -> {
                if (failure != null) {
                  return failed(failure);
                }
                events.addAll(page);
                boolean isFull = page.size() >= settings.pageEventsMax();
                return isFull && hasRoom() ? readNew() : done(isFull);
              })
          .thenCompose(next -> next);
    }

    CompletionStage<Batch> readOwn(StreamPlace after) {
      return streams
          .readOwn(shard, consumer, after, settings.pageEventsMax())
          .handle(
              (page, failure) -> {
                if (failure != null) {
                  return failed(failure);
                }
                events.addAll(page);
                isRecovered = page.size() < settings.pageEventsMax();
                if (isRecovered) {
                  return hasRoom() ? readNew() : done(true);
                }
                StreamPlace last = page.getLast().place();
                recoveredTo = last;
                return hasRoom() ? readOwn(last) : done(true);
              })
          .thenCompose(next -> next);
    }

    private boolean hasRoom() {
      return events.size() + settings.pageEventsMax() <= settings.batchEventsMax();
    }

    private CompletionStage<Batch> done(boolean isMore) {
      return CompletableFuture.completedFuture(batch(isMore, null));
    }

    /** What came before is stored all the same. */
    private CompletionStage<Batch> failed(Throwable failure) {
      Throwable cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      LedgerUnavailableException away =
          cause instanceof LedgerUnavailableException known
              ? known
              : new LedgerUnavailableException("Redis answered what is not understood", cause);
      return CompletableFuture.completedFuture(batch(false, away));
    }

    private Batch batch(boolean isMore, @Nullable LedgerUnavailableException away) {
      return new Batch(List.copyOf(events), isMore, recoveredTo, isRecovered, away);
    }
  }
}
