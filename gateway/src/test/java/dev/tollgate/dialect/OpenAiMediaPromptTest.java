package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Usage;
import dev.tollgate.testing.FormBody;
import dev.tollgate.testing.SoundFiles;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests for images and sound ask for. */
class OpenAiMediaPromptTest {
  private static final String FORM = FormBody.usual().contentType();
  private static final PromptReading GENERATIONS = PromptReading.of("/v1/images/generations");
  private static final PromptReading EDITS = PromptReading.of("/v1/images/edits", FORM);
  private static final PromptReading EDITS_AS_JSON = PromptReading.of("/v1/images/edits");
  private static final PromptReading VARIATIONS = PromptReading.of("/v1/images/variations", FORM);
  private static final PromptReading SPEECH = PromptReading.of("/v1/audio/speech");
  private static final PromptReading TRANSCRIPTIONS =
      PromptReading.of("/v1/audio/transcriptions", FORM);
  private static final PromptReading TRANSLATIONS =
      PromptReading.of("/v1/audio/translations", FORM);

  /** A second and a half: two seconds. */
  private static final byte[] WAV = SoundFiles.wav(300, 200);

  private static FormBody transcription() {
    return FormBody.usual().file("file", "a.wav", "audio/wav", WAV);
  }

  private static String modelIn(byte[] form, Prompt prompt) {
    Prompt.ModelPlace.InForm place = (Prompt.ModelPlace.InForm) prompt.modelPlace();
    return new String(form, place.offset(), place.bytes(), UTF_8);
  }

  // ---- images

  @Test
  void generations_tellHowManyImages() {
    Prompt prompt =
        GENERATIONS.understood(
            """
            {"prompt":"A toll gate at dawn","model":"gpt-image-1","n":3,"stream":true,
             "size":"1024x1024","quality":"high","partial_images":2}\
            """);

    assertThat(prompt.model()).isEqualTo("gpt-image-1");
    assertThat(prompt.isStreamed()).isTrue();
    assertThat(prompt.usageEdits()).isEmpty();
    assertThat(prompt.answers()).isEqualTo(3);
    assertThat(prompt.units()).isEqualTo(Usage.of(Meter.IMAGE, 3));
    assertThat(prompt.textBytes()).isEqualTo(PromptReading.weight(0, "A toll gate at dawn"));
    assertThat(prompt.outputTokensMax()).as("the card's").isNull();
  }

  @Test
  void generations_withoutANumber_areOne() {
    assertThat(GENERATIONS.understood("{\"model\":\"m\",\"prompt\":\"x\",\"n\":null}").units())
        .isEqualTo(Usage.of(Meter.IMAGE, 1));
  }

  @Test
  void edits_inAForm_tellTextImagesAndTheModelBehindThem() {
    byte[] form =
        FormBody.usual()
            .file("image[]", "one.png", "image/png", SoundFiles.noise(500))
            .file("image[]", "two.png", "image/png", SoundFiles.noise(300))
            .file("mask", "mask.png", "image/png", SoundFiles.noise(100))
            .field("prompt", "Mehr Gänse")
            .field("n", "2")
            .field("stream", "True")
            .field("size", "auto")
            .field("model", "gpt-image-1")
            .bytes();

    Prompt prompt = EDITS.understood(form);

    assertThat(prompt.model()).isEqualTo("gpt-image-1");
    assertThat(modelIn(form, prompt)).isEqualTo("gpt-image-1");
    assertThat(prompt.isStreamed()).isTrue();
    assertThat(prompt.images()).isEqualTo(3);
    assertThat(prompt.textBytes()).isEqualTo(PromptReading.weight(0, "Mehr Gänse"));
    assertThat(prompt.answers()).isEqualTo(2);
    assertThat(prompt.units().count(Meter.IMAGE)).isEqualTo(2);
  }

  @Test
  void edits_inJson_tellTheSame() {
    Prompt prompt =
        EDITS_AS_JSON.understood(
            """
            {"model":"gpt-image-1","prompt":"More geese","n":2,
             "images":[{"image_url":"data:image/png;base64,iVBORw0KGgo="},{"file_id":"file-1"}],
             "mask":{"file_id":"file-2"}}\
            """);

    assertThat(prompt.images()).isEqualTo(3);
    assertThat(prompt.textBytes()).isEqualTo(PromptReading.weight(0, "More geese"));
    assertThat(prompt.units()).isEqualTo(Usage.of(Meter.IMAGE, 2));
  }

  @Test
  void variations_haveAnImageAndNoText() {
    byte[] form =
        FormBody.usual()
            .field("model", "dall-e-2")
            .file("image", "one.png", "image/png", SoundFiles.noise(64))
            .bytes();

    Prompt prompt = VARIATIONS.understood(form);

    assertThat(prompt.images()).isEqualTo(1);
    assertThat(prompt.textBytes()).isZero();
    assertThat(prompt.units()).isEqualTo(Usage.of(Meter.IMAGE, 1));
  }

  @Test
  void modelEdit_inAForm_namesTheTargetAsItIs() {
    byte[] form = FormBody.usual().field("model", "alias").field("n", "1").bytes();
    Prompt prompt = EDITS.understood(form);

    assertThat(prompt.modelEdit("alias")).isEmpty();
    assertThat(
            PromptReading.spliced(
                new String(form, UTF_8),
                List.of(prompt.modelEdit("provider/\"real\"").orElseThrow())))
        .isEqualTo(new String(form, UTF_8).replace("\r\nalias\r\n", "\r\nprovider/\"real\"\r\n"));
  }

  // ---- speech

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`Hello` | 5",
        "`` | 0",
        "`Grüße` | 5",
        "`\\u00e9\\n` | 2",
        "`料金` | 2",
        "`🚧 \\uD83D\\uDEA7` | 3",
        "`e\\u0301` | 2"
      })
  void speech_tellsItsCodePoints(String input, long characters) {
    Prompt prompt =
        SPEECH.understood("{\"model\":\"tts-1\",\"voice\":\"alloy\",\"input\":\"" + input + "\"}");

    assertThat(prompt.units()).isEqualTo(Usage.of(Meter.CHARACTER, characters));
    assertThat(prompt.outputTokensMax()).isEqualTo(200 + 10 * characters);
    assertThat(prompt.isStreamed()).isFalse();
  }

  @Test
  void speech_instructions_areTextButNotSpoken() {
    Prompt prompt =
        SPEECH.understood("{\"model\":\"m\",\"input\":\"abc\",\"instructions\":\"slowly\"}");

    assertThat(prompt.units()).isEqualTo(Usage.of(Meter.CHARACTER, 3));
    assertThat(prompt.textBytes()).isEqualTo(PromptReading.weight(0, "abc", "slowly"));
  }

  @Test
  void speech_withTwoInputs_isRefused() {
    assertThat(SPEECH.refused("{\"model\":\"m\",\"input\":\"a\",\"input\":\"abc\"}").param())
        .isEqualTo("input");
    assertThat(SPEECH.refused("{\"model\":\"m\",\"input\":\"a\",\"Input\":\"abc\"}").param())
        .isEqualTo("Input");
    assertThat(SPEECH.refused("{\"input\":\"a\"}").param()).isEqualTo("model");
  }

  // ---- transcriptions

  @Test
  void transcriptions_tellTheLengthOfTheSound() {
    byte[] form =
        transcription()
            .field("prompt", "Zoll")
            .field("stream", "true")
            .field("timestamp_granularities[]", "word")
            .field("timestamp_granularities[]", "segment")
            .field("model", "gpt-4o-transcribe")
            .bytes();

    for (PromptReading reading : List.of(TRANSCRIPTIONS, TRANSLATIONS)) {
      Prompt prompt = reading.understood(form);
      assertThat(prompt.model()).isEqualTo("gpt-4o-transcribe");
      assertThat(modelIn(form, prompt)).isEqualTo("gpt-4o-transcribe");
      assertThat(prompt.units())
          .isEqualTo(Usage.builder().set(Meter.SECOND, 2).set(Meter.AUDIO_INPUT, 20).build());
      assertThat(prompt.images()).isZero();
      assertThat(prompt.textBytes()).isEqualTo(PromptReading.weight(0, "Zoll"));
      assertThat(prompt.outputTokensMax()).isEqualTo(64 + 2 * 16);
      assertThat(prompt.isStreamed()).isTrue();
    }
  }

  @Test
  void transcriptions_ofSoundThatDoesNotTell_areTakenForLong() {
    byte[] form =
        FormBody.usual()
            .field("model", "m")
            .file("file", "a.bin", "application/octet-stream", SoundFiles.noise(4_001))
            .bytes();

    assertThat(TRANSCRIPTIONS.understood(form).units().count(Meter.SECOND)).isEqualTo(3);
  }

  @Test
  void transcriptions_ofSeveralFiles_areAsLongAsAllOfThem() {
    byte[] form =
        transcription().file("other", "b.wav", "audio/wav", WAV).field("model", "m").bytes();

    assertThat(TRANSCRIPTIONS.understood(form).units().count(Meter.SECOND)).isEqualTo(4);
  }

  @Test
  void transcriptions_withoutSound_orFromElsewhere_areRefused() {
    byte[] none = FormBody.usual().field("model", "m").bytes();
    byte[] fetched = transcription().field("model", "m").field("url", "https://x").bytes();

    assertThat(TRANSCRIPTIONS.refused(none))
        .isEqualTo(new Refusal.InvalidRequest("`file` is required.", "file"));
    assertThat(TRANSCRIPTIONS.refused(fetched).param()).isEqualTo("url");
  }

  // ---- forms that are not as they should be

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "model | model | ``",
        "model | other | x",
        "Model | Model | x",
        "model[] | model[] | x",
        "model[0] | model[0] | x",
        "MODEL[] | MODEL[] | x",
        "N | N | 1",
        "n | n | 0",
        "n | n | -1",
        "n | n | 1.0",
        "n | n | 129",
        "n | n | 1e1",
        "n | n | 99999999999999999999",
        "n | n | ` 2`",
        "n | n | ``",
        "stream | stream | yes",
        "stream | stream | 1",
        "stream | stream | ``",
        "_charset_ | _charset_ | utf-16",
      })
  void read_aFieldThatIsNotAsItShouldBe_isRefusedWithItsName(
      String param, String name, String value) {
    FormBody form = FormBody.usual().field(name, value);
    if (!param.equals("model")) {
      form.field("model", "m");
    }

    assertThat(EDITS.refused(form.bytes()).param()).isEqualTo(param);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "n", "stream"})
  void read_aFieldGivenTwice_isRefused(String name) {
    String value = name.equals("stream") ? "true" : "1";
    FormBody form = FormBody.usual().field(name, value).field("model", "m").field(name, value);

    assertThat(EDITS.refused(form.bytes()))
        .isEqualTo(new Refusal.InvalidRequest("`" + name + "` is given twice.", name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Disposition: form-data; name=\"model\"; filename=\"m\"",
        "Content-Disposition: form-data; name=\"model\"\r\n"
            + "Content-Type: text/plain; charset=utf-16",
        "Content-Disposition: form-data; name=\"model\"\r\nContent-Type: application/json"
      })
  void read_aModelThatIsNoPlainText_isRefused(String head) {
    byte[] form = FormBody.usual().part(head, "m".getBytes(UTF_8)).bytes();

    assertThat(EDITS.refused(form).message()).contains("plain text in UTF-8");
  }

  @Test
  void read_aModelOfPlainText_mayHaveAType() {
    String head =
        "Content-Disposition: form-data; name=\"model\"\r\nContent-Type: text/plain; charset=UTF-8";

    assertThat(EDITS.understood(FormBody.usual().part(head, "é".getBytes(UTF_8)).bytes()).model())
        .isEqualTo("é");
  }

  @Test
  void read_aModelBeyond256Characters_isRefused() {
    byte[] most = FormBody.usual().field("model", "é".repeat(256)).bytes();
    assertThat(EDITS.understood(most).model()).hasSize(256);
    for (int length : new int[] {257, 5000}) {
      byte[] more = FormBody.usual().field("model", "x".repeat(length)).bytes();
      assertThat(EDITS.refused(more).message()).contains("longer than 256");
    }
  }

  @Test
  void read_aMalformedForm_isRefusedWithWhatIsWrong() {
    assertThat(EDITS.refused(FormBody.usual().field("model", "m").soFar()))
        .isEqualTo(new Refusal.InvalidRequest("The form ends before its closing boundary.", null));
    assertThat(EDITS.refused("{\"model\":\"m\"}").message()).contains("does not begin");
  }

  @Test
  void read_aContentTypeWithoutABoundary_isRefused() {
    for (String contentType : List.of("multipart/form-data", "multipart/form-data; boundary=")) {
      PromptReading reading = PromptReading.of("/v1/audio/transcriptions", contentType);
      assertThat(reading.refused("").message()).contains("boundary");
    }
  }

  @Test
  void read_theOtherKindOfBody_isRefused() {
    assertThat(PromptReading.of("/v1/audio/transcriptions").refused("{}").message())
        .contains("multipart/form-data");
    assertThat(PromptReading.of("/v1/images/variations").refused("{}").message())
        .contains("multipart/form-data");
    assertThat(PromptReading.of("/v1/images/generations", FORM).refused("").message())
        .contains("application/json");
  }
}
