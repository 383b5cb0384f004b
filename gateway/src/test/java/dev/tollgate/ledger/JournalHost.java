package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * A program that settles without end, and says of each settlement when its record is on the disk,
 * until it is killed. The n-th costs n nano-USD.
 */
final class JournalHost {
  private JournalHost() {}

  static RequestId request(long number) {
    return new RequestId("req_killed_" + number);
  }

  public static void main(String[] arguments) {
    KeyRef key = new KeyRef(new AccountId(arguments[2]), new KeyId(arguments[3]));
    RedisForTests redis = RedisForTests.open(RedisForTests.settings(arguments[1]), 1);
    Journal journal =
        Journal.open(
            JournalForTests.SETTINGS,
            Path.of(arguments[0]),
            redis.connections(),
            JournalForTests.TOMBSTONE_MILLIS,
            InstantSource.system());
    Ledger ledger = journal.journaled(redis.ledger(), redis.loops().getFirst(), EventRoom.ENDLESS);
    for (long number = 1; ; number++) {
      var unused = ledger.settle(RedisForTests.settlement(request(number), key, number, 0));
      Eventually.until("it is on the disk", () -> journal.queued() == 0);
      System.out.println("\nrecorded " + number);
    }
  }
}
