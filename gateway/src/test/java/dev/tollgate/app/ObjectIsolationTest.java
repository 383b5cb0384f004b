package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All customers share the operator's key at the provider, and none of them finds what another one
 * keeps there: not by its id, not in a list, not by referring to it.
 */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class ObjectIsolationTest {
  private static FakeProvider provider;
  private static GatewayForTests gateway;

  private KeptClient owner;
  private KeptClient other;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(7);
    gateway =
        GatewayForTests.start(
            provider, GatewaySetup.USUAL.rates("training: { toll-base: { per_mtok_epoch: 1 } }\n"));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void customers() throws Exception {
    owner = new KeptClient(gateway, gateway.createKey("10"));
    other = new KeptClient(gateway, gateway.createKey("10"));
  }

  private static void assertUnknown(RawAnswer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(404);
    assertThat(Json.parse(answer.body()).path("error").path("type").asString(""))
        .isEqualTo("invalid_request_error");
  }

  /** The same words for what is another's and for what is nobody's. */
  private void assertHidden(String method, String path, String id, String nobodys)
      throws Exception {
    RawAnswer theirs = other.call(method, path.replace("{id}", id));
    RawAnswer none = other.call(method, path.replace("{id}", nobodys));
    assertUnknown(theirs);
    assertThat(theirs.text().replace(id, "it")).isEqualTo(none.text().replace(nobodys, "it"));
  }

  @Test
  void file_isItsOwnersAlone() throws Exception {
    String file = owner.upload("batch", KeptClient.chats(1, 10));
    int received = provider.account().received();

    for (String path : List.of("/v1/files/{id}", "/v1/files/{id}/content")) {
      assertHidden("GET", path, file, "file-nobodys");
    }
    assertHidden("DELETE", "/v1/files/{id}", file, "file-nobodys");
    assertThat(other.get("/v1/files").path("data")).isEmpty();
    assertThat(provider.account().received()).as("nobody asked the provider").isEqualTo(received);

    assertThat(owner.get("/v1/files/" + file).path("purpose").asString("")).isEqualTo("batch");
    assertThat(owner.call("GET", "/v1/files/" + file + "/content").text())
        .isEqualTo(KeptClient.chats(1, 10));
    assertThat(owner.listed("/v1/files", 10)).containsExactly(file);
  }

  @Test
  void file_ofAnotherKeyOfTheAccount_isTheirsToo() throws Exception {
    String file = owner.upload("batch", KeptClient.chats(1, 10));
    KeptClient sibling = new KeptClient(gateway, gateway.createSibling(owner.key()));

    assertThat(sibling.listed("/v1/files", 10)).containsExactly(file);
    assertThat(sibling.get("/v1/files/" + file).path("id").asString("")).isEqualTo(file);
  }

  @Test
  void deletedFile_isGone_atTheProviderToo() throws Exception {
    String file = owner.upload("batch", KeptClient.chats(1, 10));

    RawAnswer deleted = owner.call("DELETE", "/v1/files/" + file);

    assertThat(Json.parse(deleted.body()).path("deleted").asBoolean()).isTrue();
    assertUnknown(owner.call("GET", "/v1/files/" + file));
    assertThat(owner.listed("/v1/files", 10)).isEmpty();
    assertThat(provider.files().content(file)).isNull();
  }

  @Test
  void batch_isItsOwnersAlone_andSoIsWhatComesOfIt() throws Exception {
    String batch = owner.batch(2);
    assertHidden("GET", "/v1/batches/{id}", batch, "batch_nobodys");
    assertHidden("POST", "/v1/batches/{id}/cancel", batch, "batch_nobodys");
    assertThat(other.listed("/v1/batches", 10)).isEmpty();

    provider.batches().complete(batch);
    String output = owner.get("/v1/batches/" + batch).path("output_file_id").asString("");

    assertHidden("GET", "/v1/files/{id}/content", output, "file-nobodys");
    assertThat(owner.call("GET", "/v1/files/" + output + "/content").text().lines()).hasSize(2);
    assertThat(owner.listed("/v1/files?purpose=batch_output", 10)).containsExactly(output);
  }

  @Test
  void batch_cannotBeMadeOfAnothersFile() throws Exception {
    String file = owner.upload("batch", KeptClient.chats(1, 10));
    int batches = provider.batches().count();

    RawAnswer theirs = other.call("POST", "/v1/batches", KeptClient.batchOf(file));
    RawAnswer nobodys = other.call("POST", "/v1/batches", KeptClient.batchOf("file-nobodys"));

    assertThat(theirs.status()).isEqualTo(400);
    assertThat(Json.parse(theirs.body()).path("error").path("param").asString(""))
        .isEqualTo("input_file_id");
    assertThat(theirs.text().replace(file, "it"))
        .isEqualTo(nobodys.text().replace("file-nobodys", "it"));
    assertThat(provider.batches().count()).isEqualTo(batches);
  }

  @Test
  void job_isItsOwnersAlone_andSoAreItsFiles() throws Exception {
    String file = owner.upload("fine-tune", "{\"messages\":[]}\n".repeat(10));
    String body =
        "{\"model\":\"toll-base\",\"training_file\":\"%s\",\"hyperparameters\":{\"n_epochs\":2}}";
    RawAnswer theirs = other.call("POST", "/v1/fine_tuning/jobs", body.formatted(file));
    assertThat(theirs.status()).isEqualTo(400);
    assertThat(Json.parse(theirs.body()).path("error").path("param").asString(""))
        .isEqualTo("training_file");

    String job = owner.post("/v1/fine_tuning/jobs", body.formatted(file)).path("id").asString("");
    for (String path : List.of("", "/events", "/checkpoints")) {
      assertHidden("GET", "/v1/fine_tuning/jobs/{id}" + path, job, "ftjob-nobodys");
      assertThat(owner.call("GET", "/v1/fine_tuning/jobs/" + job + path).status()).isEqualTo(200);
    }
    assertHidden("POST", "/v1/fine_tuning/jobs/{id}/cancel", job, "ftjob-nobodys");
    assertThat(other.listed("/v1/fine_tuning/jobs", 10)).isEmpty();
    assertThat(owner.listed("/v1/fine_tuning/jobs", 10)).containsExactly(job);

    provider.jobs().succeed(job, 500);
    String results =
        owner.get("/v1/fine_tuning/jobs/" + job).path("result_files").path(0).asString("");
    assertHidden("GET", "/v1/files/{id}/content", results, "file-nobodys");
    assertThat(owner.call("GET", "/v1/files/" + results + "/content").text()).startsWith("step");
  }

  @Test
  void object_isNotFoundUnderThePathsOfAnotherKind() throws Exception {
    String file = owner.upload("batch", KeptClient.chats(1, 10));

    assertUnknown(owner.call("GET", "/v1/batches/" + file));
    assertUnknown(owner.call("GET", "/v1/responses/" + file));
    assertUnknown(owner.call("DELETE", "/v1/responses/" + file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/files/..%2Fmodels",
        "/v1/files/%2e%2e",
        "/v1/batches/a%3Fb",
        "/v1/responses/x%0d%0ay"
      })
  void idsThatWouldLeaveTheirPlace_areNobodys(String path) throws Exception {
    int received = provider.account().received();

    assertThat(owner.call("GET", path).status()).isIn(400, 404);
    assertThat(provider.account().received()).isEqualTo(received);
  }

  @Test
  void chatThatRefersToAFile_findsItsOwnersAlone() throws Exception {
    String file = owner.upload("user_data", "some words");
    String body =
        """
        {"model":"%s","max_tokens":10,"messages":[{"role":"user","content":[\
        {"type":"file","file":{"file_id":"%s"}}]}]}\
        """
            .formatted(TestCard.CHAT, file);

    assertThat(owner.call("POST", "/v1/chat/completions", body).status()).isEqualTo(200);
    RawAnswer theirs = other.call("POST", "/v1/chat/completions", body);
    assertThat(theirs.status()).as(theirs.text()).isEqualTo(400);
    assertThat(Json.parse(theirs.body()).path("error").path("param").asString(""))
        .isEqualTo("messages[*].content[*].file.file_id");
  }

  @Test
  void keysThatMayNot_mayNotHereEither() throws Exception {
    String file = owner.upload("batch", KeptClient.chats(1, 10));

    assertThat(new KeptClient(gateway, "tg_live_none").call("GET", "/v1/files/" + file).status())
        .isEqualTo(401);
    gateway.suspend(owner.key());
    RawAnswer suspended = owner.call("GET", "/v1/files/" + file);
    assertThat(suspended.status()).isEqualTo(403);
    assertThat(suspended.text()).contains("account_suspended");
  }

  @Test
  void keyWithoutMoney_mayReadWhatItHas_butNotBuy() throws Exception {
    KeptClient poor = new KeptClient(gateway, gateway.createKey("0"));
    String file = poor.upload("batch", KeptClient.chats(1, 10));

    assertThat(poor.get("/v1/files/" + file).path("id").asString("")).isEqualTo(file);
    RawAnswer batch = poor.call("POST", "/v1/batches", KeptClient.batchOf(file));
    assertThat(batch.status()).isEqualTo(402);
    assertThat(batch.text()).contains("insufficient_credits");
  }
}
