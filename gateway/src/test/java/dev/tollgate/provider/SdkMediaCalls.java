package dev.tollgate.provider;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.models.audio.AudioResponseFormat;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.Transcription;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionStreamEvent;
import com.openai.models.audio.transcriptions.TranscriptionVerbose;
import com.openai.models.audio.translations.Translation;
import com.openai.models.audio.translations.TranslationCreateParams;
import com.openai.models.images.ImageCreateVariationParams;
import com.openai.models.images.ImageEditParams;
import com.openai.models.images.ImageEditStreamEvent;
import com.openai.models.images.ImageGenStreamEvent;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import dev.tollgate.testing.SoundFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;

/** As {@link SdkCalls}, for images and sound. */
public final class SdkMediaCalls implements AutoCloseable {
  /** 2.5 seconds. */
  public static final byte[] WAV = SoundFiles.wav(40_000, 16_000);

  private static final String PROMPT = "A toll gate at dawn, and a cart with two horses";
  private static final byte[] PICTURE = SoundFiles.noise(2_000);

  private final OpenAIClient openAi;

  /**
   * @param root without a path
   */
  public SdkMediaCalls(URI root, String key) {
    openAi = OpenAIOkHttpClient.builder().baseUrl(root + "/v1").apiKey(key).maxRetries(0).build();
  }

  private static ImageGenerateParams.Builder generationOf(String model) {
    return ImageGenerateParams.builder().model(model).prompt(PROMPT);
  }

  public ImagesResponse generate(String model, long images) {
    return openAi.images().generate(generationOf(model).n(images).build());
  }

  public List<ImageGenStreamEvent> streamedImage(String model) {
    try (var stream =
        openAi.images().generateStreaming(generationOf(model).partialImages(2).build())) {
      return stream.stream().toList();
    }
  }

  private static ImageEditParams.Builder editOf(String model) {
    return ImageEditParams.builder()
        .image(
            MultipartField.<ImageEditParams.Image>builder()
                .value(ImageEditParams.Image.ofInputStream(new ByteArrayInputStream(PICTURE)))
                .filename("picture.png")
                .contentType("image/png")
                .build())
        .model(model)
        .prompt(PROMPT);
  }

  public ImagesResponse edit(String model, long images) {
    return openAi.images().edit(editOf(model).n(images).build());
  }

  public List<ImageEditStreamEvent> streamedEdit(String model) {
    try (var stream = openAi.images().editStreaming(editOf(model).build())) {
      return stream.stream().toList();
    }
  }

  @SuppressWarnings("deprecation") // as long as it is served it has to be counted right
  public ImagesResponse variation(String model) {
    return openAi
        .images()
        .createVariation(
            ImageCreateVariationParams.builder()
                .image(
                    MultipartField.<InputStream>builder()
                        .value(new ByteArrayInputStream(PICTURE))
                        .filename("picture.png")
                        .contentType("image/png")
                        .build())
                .model(model)
                .n(2L)
                .build());
  }

  private static SpeechCreateParams.Builder speechOf(String model) {
    return SpeechCreateParams.builder().model(model).voice("alloy").input(PROMPT + ": 料金 🚧");
  }

  /** The sound of a speech, as it came. */
  public byte[] speech(String model) throws IOException {
    return bytes(speechOf(model).build());
  }

  /** The bytes of a speech in a stream of events, which the SDK does not take apart. */
  public byte[] streamedSpeech(String model) throws IOException {
    return bytes(speechOf(model).streamFormat(SpeechCreateParams.StreamFormat.SSE).build());
  }

  private byte[] bytes(SpeechCreateParams request) throws IOException {
    try (HttpResponse response = openAi.audio().speech().create(request)) {
      return response.body().readAllBytes();
    }
  }

  private static MultipartField<InputStream> wav() {
    return MultipartField.<InputStream>builder()
        .value(new ByteArrayInputStream(WAV))
        .filename("toll gate.wav")
        .contentType("audio/wav")
        .build();
  }

  private static TranscriptionCreateParams.Builder transcriptionOf(String model) {
    return TranscriptionCreateParams.builder().file(wav()).model(model).prompt("Zölle");
  }

  public Transcription transcription(String model) {
    return openAi.audio().transcriptions().create(transcriptionOf(model).build()).asTranscription();
  }

  public TranscriptionVerbose verboseTranscription(String model) {
    return openAi
        .audio()
        .transcriptions()
        .create(transcriptionOf(model).responseFormat(AudioResponseFormat.VERBOSE_JSON).build())
        .asVerbose();
  }

  public List<TranscriptionStreamEvent> streamedTranscription(String model) {
    try (var stream =
        openAi.audio().transcriptions().createStreaming(transcriptionOf(model).build())) {
      return stream.stream().toList();
    }
  }

  @SuppressWarnings("deprecation") // as long as it is served it has to be counted right
  public Translation translation(String model) {
    return openAi
        .audio()
        .translations()
        .create(TranslationCreateParams.builder().file(wav()).model(model).build())
        .asTranslation();
  }

  @Override
  public void close() {
    openAi.close();
  }
}
