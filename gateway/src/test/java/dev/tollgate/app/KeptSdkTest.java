package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.HttpResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.batches.BatchListParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileListParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.finetuning.jobs.JobListParams;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The official SDK keeps files, and has batches and jobs made of them, through the gateway. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class KeptSdkTest {
  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;
  private OpenAIClient sdk;
  private OpenAIClient stranger;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(2027);
    gateway =
        GatewayForTests.start(
            provider, GatewaySetup.USUAL.rates("training: { toll-base: { per_mtok_epoch: 1 } }\n"));
    key = gateway.createKey("10");
    sdk = client(key);
    stranger = client(gateway.createKey("10"));
  }

  private OpenAIClient client(String secret) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(gateway.publicUrl() + "/v1")
        .apiKey(secret)
        .maxRetries(0)
        .build();
  }

  @AfterEach
  void stop() throws Exception {
    stranger.close();
    sdk.close();
    gateway.close();
    provider.close();
  }

  private FileObject upload(FilePurpose purpose, String content) {
    return sdk.files()
        .create(FileCreateParams.builder().file(content.getBytes(UTF_8)).purpose(purpose).build());
  }

  private static String content(OpenAIClient client, String file) throws Exception {
    try (HttpResponse response = client.files().content(file)) {
      return new String(response.body().readAllBytes(), UTF_8);
    }
  }

  @Test
  void files_areCreatedListedReadAndDeleted() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      ids.add(upload(FilePurpose.USER_DATA, "words " + i).id());
    }
    Collections.reverse(ids);

    List<String> listed = new ArrayList<>();
    sdk.files()
        .list(FileListParams.builder().limit(3).build())
        .autoPager()
        .forEach(file -> listed.add(file.id()));
    assertThat(listed).isEqualTo(ids);
    assertThat(stranger.files().list().items()).isEmpty();

    assertThat(sdk.files().retrieve(ids.getFirst()).bytes()).isEqualTo(7);
    assertThat(content(sdk, ids.getFirst())).isEqualTo("words 6");
    assertThatThrownBy(() -> content(stranger, ids.getFirst()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> stranger.files().delete(ids.getFirst()))
        .isInstanceOf(NotFoundException.class);

    assertThat(sdk.files().delete(ids.getFirst()).deleted()).isTrue();
    assertThatThrownBy(() -> sdk.files().retrieve(ids.getFirst()))
        .isInstanceOf(NotFoundException.class);
  }

  private Batch batch(int chats) {
    String file = upload(FilePurpose.BATCH, KeptClient.chats(chats, 50)).id();
    return sdk.batches()
        .create(
            BatchCreateParams.builder()
                .inputFileId(file)
                .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                .completionWindow(BatchCreateParams.CompletionWindow._24H)
                .build());
  }

  @Test
  void batch_isCreatedListedAndRetrieved_andChargedToTheNanoDollar() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(batch(3).id());
    }
    Collections.reverse(ids);
    List<String> listed = new ArrayList<>();
    sdk.batches()
        .list(BatchListParams.builder().limit(2).build())
        .autoPager()
        .forEach(made -> listed.add(made.id()));
    assertThat(listed).isEqualTo(ids);
    assertThat(sdk.batches().retrieve(ids.getFirst()).status()).isEqualTo(Batch.Status.VALIDATING);

    long expected = 0;
    for (String id : ids) {
      provider.batches().complete(id);
      Batch done = sdk.batches().retrieve(id);
      assertThat(done.status()).isEqualTo(Batch.Status.COMPLETED);
      assertThat(content(sdk, done.outputFileId().orElseThrow()).lines()).hasSize(3);
      expected +=
          Objects.requireNonNull(TestCard.PRICES.get(TestCard.CHAT))
              .costNanoUsd(provider.batches().usage(id));
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(expected).isPositive();
    assertThatThrownBy(() -> stranger.batches().retrieve(ids.getFirst()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void batch_isCancelled() throws Exception {
    String id = batch(4).id();
    assertThat(sdk.batches().cancel(id).status()).isEqualTo(Batch.Status.CANCELLING);
    provider.batches().cancel(id, 1);

    assertThat(sdk.batches().retrieve(id).status()).isEqualTo(Batch.Status.CANCELLED);

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key))
        .isEqualTo(
            Objects.requireNonNull(TestCard.PRICES.get(TestCard.CHAT))
                .costNanoUsd(provider.batches().usage(id)));
  }

  @Test
  void job_isCreatedListedAndRetrieved_andChargedByWhatWasTrained() throws Exception {
    String file = upload(FilePurpose.FINE_TUNE, "{\"messages\":[]}\n".repeat(20)).id();
    FineTuningJob job =
        sdk.fineTuning()
            .jobs()
            .create(JobCreateParams.builder().model("toll-base").trainingFile(file).build());
    assertThat(job.trainedTokens()).isEmpty();
    assertThat(sdk.fineTuning().jobs().list(JobListParams.builder().limit(1).build()).items())
        .extracting(FineTuningJob::id)
        .containsExactly(job.id());

    provider.jobs().succeed(job.id(), 321);
    FineTuningJob done = sdk.fineTuning().jobs().retrieve(job.id());
    assertThat(done.trainedTokens()).contains(321L);
    assertThat(content(sdk, done.resultFiles().getFirst())).startsWith("step");

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).as("321 tokens, a cent at least").isEqualTo(10_000_000);
  }
}
