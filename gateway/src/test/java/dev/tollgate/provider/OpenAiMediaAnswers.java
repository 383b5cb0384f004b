package dev.tollgate.provider;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.provider.Answer.Part;
import dev.tollgate.testing.SoundFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Images, speech and transcriptions of an OpenAI-style provider, made from the request. What is
 * sold by the piece on the {@link TestCard} reports no tokens. Safe for use by any thread.
 */
public final class OpenAiMediaAnswers {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long CREATED = 1_770_000_000L;
  private static final int PARTIAL_IMAGES = 2;
  private static final int WAV_HEAD_BYTES = 44;
  private static final int WAV_RATE_AT = 24;
  private static final int FRAMES_PER_EVENT = 40;

  private final TokenDraw draw;
  private final int imageBytes;

  public OpenAiMediaAnswers(long seed) {
    this(new TokenDraw(seed), 300);
  }

  private OpenAiMediaAnswers(TokenDraw draw, int imageBytes) {
    this.draw = draw;
    this.imageBytes = imageBytes;
  }

  /** The same, with images of so many bytes before they are base64. */
  public OpenAiMediaAnswers withImagesOf(int bytes) {
    return new OpenAiMediaAnswers(draw, bytes);
  }

  // ---- images

  /** Generated, edited or varied images; streamed if asked for. */
  public Answer images(ReceivedRequest received) {
    SplittableRandom random = draw.next();
    int images = received.field("n").isEmpty() ? 1 : Integer.parseInt(received.field("n"));
    ServedUsage usage = drawImageUsage(random, received, images);
    return received.isStreamAsked()
        ? streamedImages(received, random, usage)
        : json(received, usage, images(random, images, usage, isByThePiece(received)));
  }

  private static boolean isByThePiece(ReceivedRequest received) {
    return received.model().equals(TestCard.PICTURE);
  }

  private static ServedUsage drawImageUsage(
      SplittableRandom random, ReceivedRequest received, int images) {
    ReceivedForm form = received.form();
    long input = TokenDraw.promptTokens(received.field("prompt").getBytes(UTF_8).length, 1);
    long seen = form == null ? 0 : 323L * (form.count("image") + form.count("mask"));
    return ServedUsage.of(input, 0)
        .with("image_input", seen)
        .with("image_output", images * (272L + random.nextInt(1000)))
        .with("image", images);
  }

  private ObjectNode images(
      SplittableRandom random, int count, ServedUsage usage, boolean isByThePiece) {
    ObjectNode answer = JSON.createObjectNode().put("created", CREATED);
    for (int i = 0; i < count; i++) {
      ObjectNode image = answer.withArray("data").addObject();
      if (isByThePiece) {
        image.put("url", "https://images.example/" + i + ".png").put("revised_prompt", "As told.");
      } else {
        image.put("b64_json", picture(random));
      }
    }
    if (!isByThePiece) {
      answer.put("output_format", "png").put("quality", "high").put("size", "1024x1024");
      answer.set("usage", imageUsage(usage));
    }
    return answer;
  }

  private String picture(SplittableRandom random) {
    byte[] bytes = new byte[imageBytes];
    random.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static ObjectNode imageUsage(ServedUsage usage) {
    ObjectNode node = JSON.createObjectNode();
    long input = usage.input() + usage.count("image_input");
    node.put("input_tokens", input).put("output_tokens", usage.count("image_output"));
    node.put("total_tokens", input + usage.count("image_output"));
    node.putObject("input_tokens_details")
        .put("text_tokens", usage.input())
        .put("image_tokens", usage.count("image_input"));
    return node;
  }

  private Answer streamedImages(
      ReceivedRequest received, SplittableRandom random, ServedUsage usage) {
    String kind = received.path().endsWith("/edits") ? "image_edit" : "image_generation";
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < PARTIAL_IMAGES; i++) {
      ObjectNode partial = imageEvent(kind + ".partial_image", random);
      partial.put("partial_image_index", i);
      parts.add(event(kind + ".partial_image", partial, false));
    }
    ObjectNode completed = imageEvent(kind + ".completed", random);
    completed.set("usage", imageUsage(usage));
    parts.add(event(kind + ".completed", completed, true));
    return streamed(received, usage, parts);
  }

  private ObjectNode imageEvent(String type, SplittableRandom random) {
    return JSON.createObjectNode()
        .put("type", type)
        .put("b64_json", picture(random))
        .put("created_at", CREATED)
        .put("size", "1024x1024")
        .put("quality", "high")
        .put("background", "opaque")
        .put("output_format", "png");
  }

  // ---- speech

  /** MP3 as it is, or in a stream of events if asked for. */
  public Answer speech(ReceivedRequest received) {
    SplittableRandom random = draw.next();
    String input = received.field("input");
    long characters = input.codePointCount(0, input.length());
    int frames = (int) (2 * characters + 1);
    ServedUsage usage =
        ServedUsage.of(TokenDraw.promptTokens(input.getBytes(UTF_8).length, 0), 0)
            .with("audio_output", frames / 2 + 1 + random.nextInt(9))
            .with("character", characters);
    if (received.field("stream_format").equals("sse")) {
      return streamedSpeech(received, usage, frames);
    }
    Part sound = new Part(SoundFiles.mp3(frames), 0, false);
    return new Answer(200, "audio/mpeg", true, received.model(), usage, List.of(sound));
  }

  private static Answer streamedSpeech(ReceivedRequest received, ServedUsage usage, int frames) {
    List<Part> parts = new ArrayList<>();
    for (int left = frames; left > 0; left -= FRAMES_PER_EVENT) {
      byte[] sound = SoundFiles.mp3(Math.min(left, FRAMES_PER_EVENT));
      ObjectNode delta = JSON.createObjectNode().put("type", "speech.audio.delta");
      parts.add(data(delta.put("audio", Base64.getEncoder().encodeToString(sound)), false));
    }
    ObjectNode done = JSON.createObjectNode().put("type", "speech.audio.done");
    done.putObject("usage")
        .put("input_tokens", usage.input())
        .put("output_tokens", usage.count("audio_output"))
        .put("total_tokens", usage.input() + usage.count("audio_output"));
    parts.add(data(done, true));
    return streamed(received, usage, parts);
  }

  // ---- transcriptions

  /** A WAV file of 16-bit samples on one channel, written down in the format asked for. */
  public Answer transcription(ReceivedRequest received) {
    SplittableRandom random = draw.next();
    ReceivedForm form = received.form();
    byte[] file = form == null ? new byte[0] : form.bytes("file");
    int rate = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(WAV_RATE_AT);
    long samples = (file.length - WAV_HEAD_BYTES) / 2L;
    long output = TokenDraw.outputTokens(random, 60);
    ServedUsage usage =
        ServedUsage.of(TokenDraw.promptTokens(received.field("prompt").length(), 0), output)
            .with("audio_input", Math.ceilDiv(10 * samples, rate))
            .with("second", Math.ceilDiv(samples, rate));
    String text = TokenDraw.text(random, output);
    if (received.isStreamAsked()) {
      return streamedTranscription(received, usage, random);
    }
    return switch (received.field("response_format")) {
      case "text" -> plain(received, usage, text + "\n");
      case "srt" -> plain(received, usage, "1\n00:00:00,000 --> 00:00:01,000\n" + text + "\n\n");
      case "verbose_json" -> {
        ObjectNode answer = JSON.createObjectNode().put("task", "transcribe");
        answer.put("duration", (double) samples / rate).put("text", text).put("language", "en");
        answer.putArray("segments").addObject().put("id", 0).put("text", text);
        yield json(received, usage, answer);
      }
      default -> {
        ObjectNode answer = JSON.createObjectNode().put("text", text);
        answer.set("usage", transcriptUsage(received, usage));
        yield json(received, usage, answer);
      }
    };
  }

  private static ObjectNode transcriptUsage(ReceivedRequest received, ServedUsage usage) {
    ObjectNode node = JSON.createObjectNode();
    if (received.model().equals(TestCard.WHISPER)) {
      return node.put("type", "duration").put("seconds", usage.count("second"));
    }
    long input = usage.input() + usage.count("audio_input");
    node.put("type", "tokens").put("input_tokens", input).put("output_tokens", usage.output());
    node.putObject("input_token_details")
        .put("text_tokens", usage.input())
        .put("audio_tokens", usage.count("audio_input"));
    return node.put("total_tokens", input + usage.output());
  }

  private static Answer streamedTranscription(
      ReceivedRequest received, ServedUsage usage, SplittableRandom random) {
    List<Part> parts = new ArrayList<>();
    StringBuilder whole = new StringBuilder();
    for (long i = 0; i < usage.output(); i++) {
      String word = TokenDraw.text(random, 1);
      whole.append(word);
      ObjectNode delta = JSON.createObjectNode().put("type", "transcript.text.delta");
      parts.add(data(delta.put("delta", word), false));
    }
    ObjectNode done = JSON.createObjectNode().put("type", "transcript.text.done");
    done.put("text", whole.toString());
    done.set("usage", transcriptUsage(received, usage));
    parts.add(data(done, true));
    return streamed(received, usage, parts);
  }

  // ---- of all kinds

  private static Answer json(ReceivedRequest received, ServedUsage usage, ObjectNode answer) {
    Part part = Part.of(answer.toString(), 0, true);
    return new Answer(200, "application/json", false, received.model(), usage, List.of(part));
  }

  private static Answer plain(ReceivedRequest received, ServedUsage usage, String text) {
    Part part = Part.of(text, 0, false);
    return new Answer(
        200, "text/plain; charset=utf-8", false, received.model(), usage, List.of(part));
  }

  private static Answer streamed(ReceivedRequest received, ServedUsage usage, List<Part> parts) {
    return new Answer(
        200, "text/event-stream; charset=utf-8", true, received.model(), usage, parts);
  }

  private static Part event(String name, ObjectNode data, boolean carriesUsage) {
    return Part.of("event: " + name + "\ndata: " + data + "\n\n", 0, carriesUsage);
  }

  private static Part data(ObjectNode data, boolean carriesUsage) {
    return Part.of("data: " + data + "\n\n", 0, carriesUsage);
  }
}
