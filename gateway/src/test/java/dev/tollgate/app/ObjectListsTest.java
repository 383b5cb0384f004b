package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Lists have what the account has, newest first, in pages that an SDK can follow. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class ObjectListsTest {
  private static FakeProvider provider;
  private static GatewayForTests gateway;

  private KeptClient client;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(13);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.limits(
                "objects: { listed_max: 5, list_calls_max: 2, objects_max: 12, watch_millis: 1h,"
                    + " watch_millis_max: 1h }\n"));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void customer() throws Exception {
    client = new KeptClient(gateway, gateway.createKey("10"));
  }

  private List<String> upload(int count) throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(client.upload(i % 3 == 0 ? "vision" : "batch", "line " + i));
    }
    return ids;
  }

  @Test
  void list_isPagedNewestFirst_orTheOtherWay() throws Exception {
    List<String> ids = upload(11);

    assertThat(client.listed("/v1/files?order=asc", 3)).isEqualTo(ids);
    Collections.reverse(ids);
    assertThat(client.listed("/v1/files", 3)).isEqualTo(ids);
    assertThat(client.listed("/v1/files", 10_000)).as("pages are bounded").isEqualTo(ids);
  }

  @Test
  void page_saysWhereItBeginsAndEnds_andWhetherThereIsMore() throws Exception {
    List<String> ids = upload(4);

    JsonNode page = client.get("/v1/files?limit=3");
    assertThat(page.path("object").asString("")).isEqualTo("list");
    assertThat(page.path("data")).hasSize(3);
    assertThat(page.path("data").path(0).path("filename").asString("")).isEqualTo("input.jsonl");
    assertThat(page.path("first_id").asString("")).isEqualTo(ids.get(3));
    assertThat(page.path("last_id").asString("")).isEqualTo(ids.get(1));
    assertThat(page.path("has_more").asBoolean()).isTrue();
    assertThat(client.get("/v1/files?limit=4").path("has_more").asBoolean()).isFalse();
  }

  @Test
  void emptyList_isOne() throws Exception {
    JsonNode page = client.get("/v1/batches");

    assertThat(page.path("data").isArray()).isTrue();
    assertThat(page.path("data")).isEmpty();
    assertThat(page.path("first_id").isNull()).isTrue();
    assertThat(page.path("has_more").asBoolean()).isFalse();
  }

  @Test
  void list_ofAPurpose_leavesOutTheOthers() throws Exception {
    List<String> ids = upload(7);

    assertThat(client.listed("/v1/files?purpose=vision", 2))
        .containsExactly(ids.get(6), ids.get(3), ids.get(0));
  }

  @Test
  void whoeverDeletesAsHeReads_findsAll() throws Exception {
    List<String> ids = upload(9);
    List<String> seen = new ArrayList<>();
    String after = "";
    boolean hasMore = true;
    while (hasMore) {
      JsonNode page = client.get("/v1/files?limit=2" + after);
      for (JsonNode file : page.path("data")) {
        seen.add(file.path("id").asString(""));
        client.call("DELETE", "/v1/files/" + seen.getLast());
      }
      after = "&after=" + seen.getLast();
      hasMore = page.path("has_more").asBoolean();
    }

    Collections.reverse(ids);
    assertThat(seen).isEqualTo(ids);
    assertThat(client.listed("/v1/files", 5)).isEmpty();
  }

  @Test
  void whatTheProviderHasLost_isLeftOut() throws Exception {
    List<String> ids = upload(3);
    provider.files().lose(ids.get(1));

    assertThat(client.listed("/v1/files", 3)).containsExactly(ids.get(2), ids.get(0));
  }

  @Test
  void list_isMadeByAFewCallsAtATime() throws Exception {
    upload(5);
    CountDownLatch two = new CountDownLatch(2);
    CountDownLatch more = new CountDownLatch(1);
    provider.onAllOf(
        "/files",
        request -> {
          two.countDown();
          return Script.of(provider.files().answer(request)).await(more).start().rest().end();
        });
    try (RawClient raw = gateway.connect()) {
      int before = provider.account().received();
      raw.request("GET", "/v1/files", "authorization", "Bearer " + client.key());
      two.await();
      assertThat(provider.account().received() - before).isEqualTo(2);
      more.countDown();
      assertThat(Json.parse(raw.readAnswer().body()).path("data")).hasSize(5);
    } finally {
      provider.onAllOf("/files", request -> provider.files().answer(request).script());
    }
  }

  @Test
  void list_thatTheProviderFailsAt_failsAsAWhole() throws Exception {
    upload(4);
    provider.once(
        "/files/" + client.get("/v1/files").path("first_id").asString(""),
        request -> Answer.error(500, "{\"error\":{\"message\":\"broken\"}}").script());

    RawAnswer answer = client.call("GET", "/v1/files");

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.text()).contains("upstream_error").doesNotContain("broken");
    assertThat(client.listed("/v1/files", 5)).as("the next time it goes well").hasSize(4);
  }

  @Test
  void clientThatHangsUpOnAList_leavesNothingBehind() throws Exception {
    upload(3);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    provider.onAllOf(
        "/files",
        request -> {
          asked.countDown();
          return Script.of(provider.files().answer(request)).await(gone).start().rest().end();
        });
    try {
      try (RawClient raw = gateway.connect()) {
        raw.request("GET", "/v1/files", "authorization", "Bearer " + client.key());
        asked.await();
        raw.reset();
      }
      gone.countDown();
      gateway.await(() -> provider.account().openNow() == 0);
    } finally {
      provider.onAllOf("/files", request -> provider.files().answer(request).script());
    }
    assertThat(client.listed("/v1/files", 5)).hasSize(3);
  }

  @Test
  void objects_beyondTheirNumber_areRefused() throws Exception {
    upload(12);

    RawAnswer answer = client.tryUpload("batch", "one more");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("12 objects");
    String last = client.listed("/v1/files", 5).getFirst();
    client.call("DELETE", "/v1/files/" + last);
    assertThat(client.tryUpload("batch", "one more").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/files?limit=0, limit",
    "/v1/files?limit=-1, limit",
    "/v1/files?limit=10001, limit",
    "/v1/files?limit=many, limit",
    "/v1/files?limit=1&limit=2, limit",
    "/v1/files?order=up, order",
    "/v1/files?after=file-nobodys, after",
    "/v1/files?metadata%5Ba%5D=b, metadata[a]",
    "/v1/batches?purpose=batch, purpose",
    "/v1/batches?after=file-nobodys, after"
  })
  void pageThatMakesNoSense_isRefused(String path, String param) throws Exception {
    RawAnswer answer = client.call("GET", path);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(Json.parse(answer.body()).path("error").path("param").asString("")).isEqualTo(param);
  }

  @SuppressWarnings("StringConcatToTextBlock") // line ends of forms are CR LF
  @ParameterizedTest
  @CsvSource({
    "text/plain, hello",
    "multipart/form-data, hello",
    "multipart/form-data; boundary=b, hello",
    "multipart/form-data; boundary=b, '--b\r\n"
        + "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
        + "x\r\n"
        + "--b--'",
    "multipart/form-data; boundary=b, '--b\r\n"
        + "Content-Disposition: form-data; name=\"purpose\"\r\n\r\n"
        + "x\r\n"
        + "--b--'",
    "multipart/form-data; boundary=b, '--b\r\n"
        + "Content-Disposition: form-data; name=\"purpose\"\r\n\r\n"
        + "x\r\n"
        + "--b\r\n"
        + "Content-Disposition: form-data; name=\"purpose\"\r\n\r\n"
        + "x\r\n"
        + "--b--'"
  })
  void uploadThatIsNone_isRefused(String type, String body) throws Exception {
    int received = provider.account().received();
    try (RawClient raw = gateway.connect()) {
      RawAnswer answer =
          raw.request(
                  "POST",
                  "/v1/files",
                  "authorization",
                  "Bearer " + client.key(),
                  "content-type",
                  type,
                  "content-length",
                  Integer.toString(body.length()))
              .send(body)
              .readAnswer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("invalid_request");
    }
    assertThat(provider.account().received()).isEqualTo(received);
  }
}
