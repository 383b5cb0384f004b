package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.account.BookDesk;
import dev.tollgate.account.BookDesk.Read;
import dev.tollgate.archive.ArchiveException;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Refusal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way of a question from an event loop to the books and back. */
class BookReadersTest {
  private static final AccountId ACCOUNT = new AccountId("acct_1");

  private final ExecutorService loop =
      Executors.newSingleThreadExecutor(r -> new Thread(r, "loop"));
  private final Workers readers = new Workers("books", 1, 1);
  private final CompletableFuture<Boolean> caughtUp = CompletableFuture.completedFuture(true);

  @AfterEach
  void stop() {
    readers.close();
    loop.shutdownNow();
  }

  private BookDesk desk(CompletionStage<Boolean> catchUp) {
    return new BookDesk(new NoBooks(), account -> catchUp, readers, loop);
  }

  private static <T> T join(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static <T> Refusal refusal(CompletionStage<T> stage) {
    Refusal refusal =
        join(stage.<Refusal>handle((answer, failure) -> BookDesk.refusalFor(failure)));
    assertThat(refusal).isNotNull();
    return refusal;
  }

  @Test
  void aQuestion_isAskedOffTheLoop_onceTheBooksHaveCaughtUp_andAnsweredOnIt() {
    CompletableFuture<Boolean> catchUp = new CompletableFuture<>();
    CompletableFuture<String> askedOn = new CompletableFuture<>();
    CompletionStage<Read<String>> answer =
        desk(catchUp)
            .read(
                ACCOUNT,
                books -> {
                  askedOn.complete(Thread.currentThread().getName());
                  return "answer";
                });
    CompletionStage<String> answeredOn =
        answer.thenApply(read -> read + " on " + Thread.currentThread().getName());

    assertThat(askedOn).isNotDone();
    catchUp.complete(false);

    assertThat(join(answeredOn)).isEqualTo("Read[value=answer, isCurrent=false] on loop");
    assertThat(join(askedOn)).startsWith("tollgate-books");
  }

  @Test
  void questions_beyondTheLine_areOverload_andThoseInItAreAnswered() {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch reading = new CountDownLatch(1);
    BookDesk desk = desk(caughtUp);
    CompletionStage<Read<Boolean>> first =
        desk.read(
            ACCOUNT,
            books -> {
              reading.countDown();
              return await(release);
            });
    assertThat(await(reading)).isTrue();
    CompletionStage<Read<Boolean>> waiting = desk.read(ACCOUNT, books -> true);

    Refusal refusal = refusal(desk.read(ACCOUNT, books -> true));

    assertThat(refusal).isInstanceOf(Refusal.Overloaded.class);
    assertThat(refusal.status()).isEqualTo(503);
    release.countDown();
    assertThat(join(first).value()).isTrue();
    assertThat(join(waiting).value()).isTrue();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Test
  void aDatabaseThatIsAway_isARefusal_andABugIsNone() {
    BookDesk desk = desk(caughtUp);

    assertThat(
            refusal(
                desk.read(
                    ACCOUNT,
                    books -> {
                      throw new ArchiveException("away");
                    })))
        .isEqualTo(new Refusal.ArchiveUnavailable());
    String ofBug =
        join(
            desk.<String>readAsTheyAre(
                    books -> {
                      throw new IllegalStateException("a bug");
                    })
                .handle((answer, failure) -> String.valueOf(BookDesk.refusalFor(failure))));
    assertThat(ofBug).isEqualTo("null");
  }
}
