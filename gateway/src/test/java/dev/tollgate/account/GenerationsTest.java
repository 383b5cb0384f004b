package dev.tollgate.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.account.Generations.Answer;
import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.auth.AuthSettings;
import dev.tollgate.auth.Authenticator;
import dev.tollgate.auth.KnownKeys;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RequestRecords;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the ledger may be away when it is asked for a request. */
class GenerationsTest {
  private static final String ID = "req_0123456789abcdefghjkmnpq";

  private final HttpHeaders headers =
      new DefaultHttpHeaders().set("authorization", "Bearer tg_live_any");
  @TempDir private Path directory;
  private Archive archive;
  private RedisForTests redis;
  private KeyRef key;

  @BeforeEach
  void open() {
    archive =
        Archive.open(
            ArchiveSettings.of(new ArchiveSettings.SqliteFile(directory.resolve("archive.db"))));
    redis = RedisForTests.open();
    key = redis.keyWith(0);
  }

  @AfterEach
  void close() {
    redis.close();
    archive.close();
  }

  @Test
  void archiveThatIsAway_isARefusal_whereRedisKnowsNothing() {
    Generations generations =
        generations((account, request) -> CompletableFuture.completedFuture(Optional.empty()));
    archive.close();

    assertThat(RedisForTests.await(generations.find(headers, ID)))
        .isEqualTo(new Answer.Refused(new Refusal.ArchiveUnavailable()));
  }

  private Generations generations(RequestRecords requests) {
    Authenticator authenticator =
        new Authenticator(
            AuthSettings.DEFAULT,
            new KnownKeys(AuthSettings.DEFAULT),
            hash -> CompletableFuture.completedFuture(Optional.of(key)));
    return new Generations(
        new AccountAccess(authenticator, redis.accounts(), InstantSource.system()),
        requests,
        new BookDesk(
            archive.books(),
            account -> CompletableFuture.completedFuture(true),
            Runnable::run,
            Runnable::run));
  }

  @Test
  void ledgerThatIsAway_isARefusal() {
    Generations generations =
        generations(
            (account, request) ->
                CompletableFuture.failedFuture(new LedgerUnavailableException("away")));

    assertThat(RedisForTests.await(generations.find(headers, ID)))
        .isEqualTo(new Answer.Refused(new Refusal.LedgerUnavailable()));
  }

  @Test
  void bug_isNoRefusal() {
    Generations generations =
        generations(
            (account, request) -> CompletableFuture.failedFuture(new IllegalStateException("bug")));

    assertThatThrownBy(() -> RedisForTests.await(generations.find(headers, ID)))
        .isInstanceOfAny(IllegalStateException.class, CompletionException.class)
        .hasMessageContaining("bug");
  }

  @Test
  void nonsense_isNotAskedFor() {
    AtomicInteger asked = new AtomicInteger();
    Generations generations =
        generations(
            (account, request) -> {
              asked.incrementAndGet();
              return CompletableFuture.completedFuture(Optional.empty());
            });

    assertThat(RedisForTests.await(generations.find(headers, "req_")))
        .isInstanceOfSatisfying(
            Answer.Refused.class,
            refused -> assertThat(refused.refusal()).isInstanceOf(Refusal.InvalidRequest.class));
    assertThat(asked).hasValue(0);
    assertThat(RedisForTests.await(generations.find(headers, ID)))
        .isEqualTo(new Answer.Refused(new Refusal.NotFound("request")));
    assertThat(asked).hasValue(1);
  }
}
