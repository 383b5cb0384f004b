package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.audio.transcriptions.Transcription;
import com.openai.models.audio.transcriptions.TranscriptionStreamEvent;
import com.openai.models.images.ImageEditStreamEvent;
import com.openai.models.images.ImageGenStreamEvent;
import com.openai.models.images.ImagesResponse;
import dev.tollgate.provider.ReceivedForm;
import dev.tollgate.provider.SdkMediaCalls;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * OpenAI's SDK buys images and sound through the gateway; in the end the balance is the credit less
 * the provider's own account times the card, to the nano-dollar.
 */
@ExtendWith(LeakWatch.class)
class MediaSdkTest {
  private SdkCustomer customer;
  private SdkMediaCalls sdk;

  @BeforeEach
  void start() throws Exception {
    customer = SdkCustomer.start(61, "100");
    sdk = new SdkMediaCalls(customer.gateway().publicUrl(), customer.key());
  }

  @AfterEach
  void stop() throws Exception {
    sdk.close();
    customer.close();
  }

  private Map<String, String> lastSettlement() {
    return customer.gateway().lastSettlement(customer.key());
  }

  private long spentNanoUsd() throws Exception {
    return customer.gateway().spentNanoUsd(customer.key());
  }

  @Test
  void images_byTokens_areChargedToTheNanoDollar() throws Exception {
    ImagesResponse answer = sdk.generate(TestCard.IMAGE, 2);

    assertThat(answer.data().orElseThrow())
        .hasSize(2)
        .allMatch(image -> image.b64Json().isPresent());
    customer.assertLedgerAgrees(1);
    assertThat(answer.usage().orElseThrow().outputTokens())
        .isEqualTo(customer.onlyServed().usage().count("image_output"));
    assertThat(lastSettlement()).containsEntry("estimated", "");
  }

  @Test
  void images_byThePiece_areChargedByThoseThatCameBack() throws Exception {
    assertThat(sdk.generate(TestCard.PICTURE, 3).data().orElseThrow()).hasSize(3);
    customer.assertLedgerAgrees(1);
    assertThat(spentNanoUsd()).isEqualTo(3 * 40_000_001L);
  }

  @Test
  void streamedImages_areUnderstoodAndCharged() throws Exception {
    List<ImageGenStreamEvent> events = sdk.streamedImage(TestCard.IMAGE);
    assertThat(events).hasSize(3);
    assertThat(events.getLast().isGenerationCompleted()).isTrue();

    List<ImageEditStreamEvent> edits = sdk.streamedEdit(TestCard.IMAGE);
    assertThat(edits.getLast().isCompleted()).isTrue();
    customer.assertLedgerAgrees(2);
  }

  @Test
  void edits_asForms_reachTheProviderAsTheyWereAndAreCharged() throws Exception {
    ImagesResponse answer = sdk.edit(TestCard.IMAGE, 2);

    assertThat(answer.data().orElseThrow()).hasSize(2);
    customer.assertLedgerAgrees(1);
    assertThat(customer.onlyServed().usage().count("image_input")).isPositive();
    assertThat(answer.usage().orElseThrow().inputTokensDetails().imageTokens())
        .isEqualTo(customer.onlyServed().usage().count("image_input"));
  }

  @Test
  void variations_byThePiece_areCharged() throws Exception {
    assertThat(sdk.variation(TestCard.PICTURE).data().orElseThrow()).hasSize(2);
    customer.assertLedgerAgrees(1);
  }

  @Test
  void speech_byTheCharacter_arrivesByteForByteAndIsCharged() throws Exception {
    byte[] sound = sdk.speech(TestCard.SPEECH);

    customer.assertLedgerAgrees(1);
    assertThat(sound).isEqualTo(customer.onlyServed().sentBody());
    assertThat(lastSettlement()).containsEntry("estimated", "");
  }

  @Test
  void speech_byTokensInAStream_arrivesByteForByteAndIsCharged() throws Exception {
    byte[] events = sdk.streamedSpeech(TestCard.VOICE);

    customer.assertLedgerAgrees(1);
    assertThat(events).isEqualTo(customer.onlyServed().sentBody());
    assertThat(lastSettlement()).containsEntry("estimated", "");
  }

  @Test
  void speech_byTokensAsItIs_isEstimatedWithinTheHold() throws Exception {
    byte[] sound = sdk.speech(TestCard.VOICE);

    customer.gateway().awaitSettled(customer.key());
    Served served = customer.onlyServed();
    assertThat(sound).isEqualTo(served.sentBody());
    assertThat(lastSettlement()).containsEntry("estimated", "missing_usage");
    long exact = customer.provider().account().costNanoUsd(TestCard.PRICES);
    assertThat(spentNanoUsd()).isBetween(exact / 2, exact * 2);
  }

  @Test
  void transcriptions_ofAWavFile_areChargedByTokensOrBySeconds() throws Exception {
    Transcription byTokens = sdk.transcription(TestCard.TRANSCRIPT);
    assertThat(byTokens.usage().orElseThrow().isTokens()).isTrue();

    Transcription bySeconds = sdk.transcription(TestCard.WHISPER);
    assertThat(bySeconds.usage().orElseThrow().asDuration().seconds()).isEqualTo(3.0);
    assertThat(sdk.verboseTranscription(TestCard.WHISPER).duration()).isEqualTo(2.5);
    assertThat(sdk.translation(TestCard.WHISPER).text()).isNotEmpty();

    customer.assertLedgerAgrees(4);
    ReceivedForm form = Objects.requireNonNull(customer.onlyServed().request().form());
    assertThat(form.bytes("file")).isEqualTo(SdkMediaCalls.WAV);
    assertThat(form.text("prompt")).isEqualTo("Zölle");
  }

  @Test
  void streamedTranscriptions_areUnderstoodAndCharged() throws Exception {
    List<TranscriptionStreamEvent> events = sdk.streamedTranscription(TestCard.TRANSCRIPT);

    assertThat(events.getLast().isTranscriptTextDone()).isTrue();
    customer.assertLedgerAgrees(1);
  }

  @Test
  void everyKindOfCall_manyTimes_addsUp() throws Exception {
    int rounds = 5;
    for (int i = 0; i < rounds; i++) {
      sdk.generate(TestCard.IMAGE, 1 + i);
      sdk.generate(TestCard.PICTURE, 1 + i);
      sdk.streamedImage(TestCard.IMAGE);
      sdk.edit(TestCard.IMAGE, 1);
      sdk.speech(TestCard.SPEECH);
      sdk.streamedSpeech(TestCard.VOICE);
      sdk.transcription(TestCard.TRANSCRIPT);
      sdk.transcription(TestCard.WHISPER);
    }
    customer.assertLedgerAgrees(8 * rounds);
  }
}
