package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of prompts, read from real files and from files that are broken on purpose. */
class PromptImageTest {
  private static final Pattern SIDES = Pattern.compile(".*-([0-9]+)x([0-9]+)\\.[a-z]+");
  private static final byte[] JPEG_BEGINS = {(byte) 0xFF, (byte) 0xD8};

  /** A frame of 300 x 200. */
  private static final byte[] JPEG_FRAME = {
    (byte) 0xFF, (byte) 0xC0, 0, 11, 8, 0, (byte) 200, 1, 44, 1, 1, 17, 0
  };

  static List<Path> files() throws IOException, URISyntaxException {
    Path folder = Path.of(PromptImageTest.class.getResource("/corpus/images").toURI());
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> !file.toString().endsWith(".bmp")).sorted().toList();
    }
  }

  /** Its size stands in its name, as the program that made it wrote it there. */
  @ParameterizedTest
  @MethodSource("files")
  void size_ofARealImage_isFound(Path file) throws IOException {
    Matcher sides = SIDES.matcher(file.toString());
    assertThat(sides.matches()).isTrue();
    long width = Long.parseLong(sides.group(1));
    long height = Long.parseLong(sides.group(2));
    byte[] bytes = Files.readAllBytes(file);

    assertThat(area(bytes)).isEqualTo(width * height);
    PromptImage image = new PromptImage();
    image.beginUrl();
    add(image, "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes), 7);
    assertThat(tokens(image)).isEqualTo(ImageRule.OPENAI_TILES.tokens(width, height, false));
  }

  private static long area(byte[] bytes) {
    ImageHead head = new ImageHead();
    head.begin();
    for (byte next : bytes) {
      head.add(next);
    }
    head.end();
    return head.width() * head.height();
  }

  private static void add(PromptImage image, String text, int pieceBytes) {
    byte[] bytes = text.getBytes(UTF_8);
    for (int from = 0; from < bytes.length; from += pieceBytes) {
      image.add(bytes, from, Math.min(bytes.length, from + pieceBytes));
    }
  }

  private static long tokens(PromptImage image) {
    return image.tokens(ImageRule.OPENAI_TILES);
  }

  private static byte[] joined(byte[]... pieces) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      all.writeBytes(piece);
    }
    return all.toByteArray();
  }

  private static byte[] segment(int marker, int bodyBytes) {
    byte[] segment = new byte[4 + bodyBytes];
    segment[0] = (byte) 0xFF;
    segment[1] = (byte) marker;
    segment[2] = (byte) ((bodyBytes + 2) >> 8);
    segment[3] = (byte) (bodyBytes + 2);
    Arrays.fill(segment, 4, segment.length, (byte) 0xFF);
    return segment;
  }

  @Test
  void size_behindMegabytesOfCameraData_isFoundWithoutLookingAtThem() {
    byte[] camera = segment(0xE1, 65_533);
    byte[][] segments = new byte[42][];
    Arrays.fill(segments, camera);
    segments[0] = JPEG_BEGINS;
    segments[41] = JPEG_FRAME;
    PromptImage image = new PromptImage();
    image.beginData();

    add(image, Base64.getEncoder().encodeToString(joined(segments)), 16 * 1024);

    assertThat(tokens(image)).isEqualTo(255);
  }

  @Test
  void size_behindTooManySmallSegments_isNotLookedFor() {
    byte[][] segments = new byte[20_000][];
    Arrays.fill(segments, segment(0xE0, 0));
    segments[0] = JPEG_BEGINS;
    segments[19_999] = JPEG_FRAME;

    assertThat(area(joined(segments))).isZero();
  }

  @Test
  void size_ofAJpegThatLies_isNotFound() {
    byte[] shortSegment = {(byte) 0xFF, (byte) 0xE0, 0, 1};
    assertThat(area(joined(JPEG_BEGINS, JPEG_FRAME))).isEqualTo(300 * 200);
    assertThat(area(joined(JPEG_BEGINS, shortSegment, JPEG_FRAME))).isZero();
    assertThat(area(joined(JPEG_BEGINS, new byte[] {0}, JPEG_FRAME))).isZero();
    assertThat(area(joined(JPEG_BEGINS, segment(0xDA, 6), JPEG_FRAME))).isZero();
    assertThat(area(joined(JPEG_BEGINS, segment(0xC4, 300), JPEG_FRAME))).isEqualTo(300 * 200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "https://example.com/a.png",
        "data:",
        "data:,",
        "data:image/png;base64,",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:image/svg+xml,<svg width='10' height='10'/>",
        "data:image/png;base64,%%%%",
        "DATA:image/png;base64,R0lGODlhEAAQAIAAAAUEBA=="
      })
  void size_ofWhatIsNoImageInBase64_isUnknown(String url) {
    PromptImage image = new PromptImage();
    image.beginUrl();
    add(image, url, 3);

    assertThat(tokens(image)).isEqualTo(ImageRule.UNKNOWN);
  }

  @Test
  void size_withLineEndsOrInTheOtherAlphabet_isFound() {
    byte[] gif = joined("GIF89a".getBytes(ISO_8859_1), new byte[] {(byte) 0xFB, 2, (byte) 0xFF, 2});
    String base64 = Base64.getEncoder().encodeToString(joined(gif, new byte[20]));
    assertThat(base64).contains("+", "/");
    for (String text : List.of(base64.replaceAll("(.)", "$1\r\n"), base64.replace('/', '_'))) {
      PromptImage image = new PromptImage();
      image.beginData();
      add(image, text.replace('+', '-'), 1);

      assertThat(tokens(image)).isEqualTo(ImageRule.OPENAI_TILES.tokens(763, 767, false));
    }
  }

  @Property
  void size_ofAnyBytes_isFoundOrNot_butNothingBreaks(@ForAll @Size(max = 300) byte[] bytes) {
    assertThat(area(bytes)).isNotNegative();
    assertThat(area(joined(JPEG_BEGINS, bytes))).isNotNegative();
  }
}
