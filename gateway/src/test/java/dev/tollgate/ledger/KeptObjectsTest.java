package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.KeptObjects.Page;
import dev.tollgate.ledger.KeptObjects.PageRequest;
import dev.tollgate.ledger.NewObject.Payment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What providers keep: each object is its account's alone, in a line of its kind. */
@Tag(RedisForTests.ON_THE_SHARED)
class KeptObjectsTest {
  private static final long DAY_MILLIS = 86_400_000;

  private static RedisForTests redis;
  private KeyRef key;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @BeforeEach
  void account() {
    key = redis.keyWith(USD);
  }

  private static NewObject file(KeyRef owner, RequestId request, String id, String purpose) {
    return new NewObject(
        owner,
        id,
        ObjectKind.FILE,
        "acme",
        request,
        purpose,
        Map.of("bytes", "120", "model", "llama 3"),
        new Payment.None(),
        DAY_MILLIS,
        0);
  }

  private void keep(String... ids) {
    for (String id : ids) {
      assertThat(await(redis.ledger().keep(file(key, redis.nextRequest(), id, "batch")))).isTrue();
    }
  }

  private Optional<KeptObject> find(AccountId account, String id) {
    return await(redis.connections().objects(0).find(account, id));
  }

  private Page page(@Nullable String after, int countMax, boolean isNewestFirst, String purpose) {
    PageRequest request = new PageRequest(after, countMax, isNewestFirst, purpose);
    return list(request).orElseThrow();
  }

  private Optional<Page> list(PageRequest request) {
    return await(redis.connections().objects(0).list(key.account(), ObjectKind.FILE, request));
  }

  private List<Map<String, String>> objectEvents() {
    return redis.events(key.account()).stream()
        .filter(event -> "object".equals(event.get("act")))
        .toList();
  }

  @Test
  void object_thatIsKept_isFoundWithAllThatIsKnown() {
    RequestId request = redis.nextRequest();
    await(redis.ledger().keep(file(key, request, "file-1", "batch")));

    KeptObject found = find(key.account(), "file-1").orElseThrow();

    assertThat(found.owner()).isEqualTo(key);
    assertThat(found.kind()).isEqualTo(ObjectKind.FILE);
    assertThat(found.provider()).isEqualTo("acme");
    assertThat(found.request()).isEqualTo(request);
    assertThat(found.facts())
        .containsOnly(Map.entry("bytes", "120"), Map.entry("model", "llama 3"));
    assertThat(found.createdAtMillis()).isPositive();
    assertThat(found.isOwed()).isFalse();
  }

  @Test
  void object_ofAnotherAccount_isNotFound_thoughItLiesInTheSameShard() {
    KeyRef other = redis.keyWith(USD);
    while (!RedisForTests.shardOf(other.account()).equals(RedisForTests.shardOf(key.account()))) {
      other = redis.keyWith(USD);
    }
    keep("file-1");

    assertThat(find(other.account(), "file-1")).isEmpty();
    assertThat(find(key.account(), "file-1")).isPresent();
  }

  @Test
  void object_thatNobodyKnows_orWithAnEndlessId_isNotFound() {
    assertThat(find(key.account(), "file-9")).isEmpty();
    assertThat(find(key.account(), "")).isEmpty();
    assertThat(find(key.account(), "f".repeat(KeptObjects.ID_CHARACTERS_MAX + 1))).isEmpty();
  }

  @Test
  void object_thatIsKeptTwice_staysAsItWas_andIsOneEvent() {
    keep("file-1");
    KeptObject first = find(key.account(), "file-1").orElseThrow();

    keep("file-1");

    assertThat(find(key.account(), "file-1")).contains(first);
    assertThat(page(null, 10, true, "").ids()).containsExactly("file-1");
    assertThat(objectEvents()).hasSize(1);
    assertThat(objectEvents().getFirst())
        .containsEntry("id", key.account().value() + ":file-1:object")
        .containsEntry("provider", "acme")
        .containsEntry("facts", "bytes 120\nmodel llama 3");
  }

  @Test
  void object_ofAnAccountThatIsGone_isNotKept() {
    KeyRef nobody = new KeyRef(new AccountId("acct_nobody"), key.key());

    assertThat(await(redis.ledger().keep(file(nobody, redis.nextRequest(), "file-1", ""))))
        .isFalse();
    assertThat(find(nobody.account(), "file-1")).isEmpty();
  }

  @Test
  void forgottenObject_isNotFoundAnyMore_andALateWordDoesNotBringItBack() {
    keep("file-1", "file-2");

    assertThat(await(redis.ledger().forget(key.account(), ObjectKind.FILE, "file-1"))).isTrue();
    assertThat(await(redis.ledger().forget(key.account(), ObjectKind.FILE, "file-1"))).isFalse();
    assertThat(await(redis.ledger().keep(file(key, redis.nextRequest(), "file-1", "batch"))))
        .isFalse();

    assertThat(find(key.account(), "file-1")).isEmpty();
    assertThat(page(null, 10, true, "").ids()).containsExactly("file-2");
    assertThat(page(null, 10, true, "batch").ids()).containsExactly("file-2");
    assertThat(objectEvents()).extracting(event -> event.get("kind")).endsWith("forgotten");
  }

  @Test
  void objectThatIsForgottenBeforeItIsKnown_isNotKeptAfterwards() {
    assertThat(await(redis.ledger().forget(key.account(), ObjectKind.FILE, "file-1"))).isFalse();

    assertThat(await(redis.ledger().keep(file(key, redis.nextRequest(), "file-1", "batch"))))
        .isFalse();
    assertThat(find(key.account(), "file-1")).isEmpty();
  }

  @Test
  void list_isPagedInBothDirections() {
    String[] ids = IntStream.range(0, 25).mapToObj(i -> "file-" + i).toArray(String[]::new);
    keep(ids);

    Page first = page(null, 10, true, "");
    assertThat(first.ids()).hasSize(10).startsWith("file-24").endsWith("file-15");
    assertThat(first.hasMore()).isTrue();
    Page last = page("file-5", 10, true, "");
    assertThat(last.ids()).containsExactly("file-4", "file-3", "file-2", "file-1", "file-0");
    assertThat(last.hasMore()).isFalse();
    assertThat(page("file-5", 5, true, "").hasMore()).as("exactly the rest").isFalse();

    Page oldest = page(null, 3, false, "");
    assertThat(oldest.ids()).containsExactly("file-0", "file-1", "file-2");
    assertThat(page("file-23", 3, false, "").ids()).containsExactly("file-24");
    assertThat(await(redis.connections().objects(0).count(key.account(), ObjectKind.FILE)))
        .isEqualTo(25);
  }

  @Test
  void list_ofAPurpose_leavesOutTheOthers() {
    keep("file-1");
    await(redis.ledger().keep(file(key, redis.nextRequest(), "file-2", "fine-tune")));
    keep("file-3");

    assertThat(page(null, 10, true, "batch").ids()).containsExactly("file-3", "file-1");
    assertThat(page("file-3", 10, true, "batch").ids()).containsExactly("file-1");
    assertThat(page(null, 10, true, "vision").ids()).isEmpty();
  }

  @Test
  void list_goesOnAfterAnObjectThatWasForgottenMeanwhile() {
    keep("file-1", "file-2", "file-3");
    await(redis.ledger().forget(key.account(), ObjectKind.FILE, "file-2"));

    assertThat(page("file-2", 10, true, "").ids()).containsExactly("file-1");
  }

  @Test
  void list_afterAnObjectThatIsNotOfTheAccount_isNoPage() {
    keep("file-1");
    KeyRef other = redis.keyWith(USD);
    await(redis.ledger().keep(file(other, redis.nextRequest(), "file-x", "")));

    assertThat(list(new PageRequest("file-x", 10, true, ""))).isEmpty();
  }

  @Test
  void objects_beyondTheirNumber_pushOutTheOldest() {
    for (int i = 0; i < 5; i++) {
      NewObject response =
          new NewObject(
              key,
              "resp_" + i,
              ObjectKind.RESPONSE,
              "acme",
              redis.nextRequest(),
              "",
              Map.of(),
              new Payment.ByRequest(),
              DAY_MILLIS,
              3);
      await(redis.ledger().keep(response));
    }

    assertThat(await(redis.connections().objects(0).count(key.account(), ObjectKind.RESPONSE)))
        .isEqualTo(3);
    assertThat(find(key.account(), "resp_1")).isEmpty();
    assertThat(find(key.account(), "resp_2")).isPresent();
    assertThat(objectEvents()).as("their settlements have their names").isEmpty();
  }

  @Test
  void objects_leaveTheLine_whenTheirTimeIsOver() {
    try (RedisForTests later = RedisForTests.open()) {
      keep("file-1");
      later.moveClock(2 * DAY_MILLIS);
      await(later.ledger().keep(file(key, redis.nextRequest(), "file-2", "batch")));
    }
    assertThat(page(null, 10, true, "").ids()).containsExactly("file-2");
    assertThat(page(null, 10, true, "batch").ids()).containsExactly("file-2");
  }

  @Test
  void manyObjects_areReadTogether_andThoseOfOthersLeftOut() {
    keep("file-1", "file-2");

    List<KeptObject> found =
        await(
            redis
                .connections()
                .objects(0)
                .find(key.account(), List.of("file-2", "file-9", "file-1")));

    assertThat(found).extracting(KeptObject::id).containsExactly("file-2", "file-1");
  }
}
