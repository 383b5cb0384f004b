package dev.tollgate.media;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.FormBody;
import dev.tollgate.testing.SoundFiles;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forms, well-made and not, at every cut. */
class FormScannerTest {
  private static final FormBounds BOUNDS = new FormBounds(20, 200);

  /**
   * What a scanner says of a form.
   *
   * @param parts each with its head, its content as text, and where that lies
   */
  private record Heard(List<String> parts, @Nullable String fault) {}

  private static final class Recorder implements FormListener {
    private final List<String> parts = new ArrayList<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private @Nullable FormPart part;
    private long from;

    @Override
    public void begin(FormPart begun, long offset) {
      part = begun;
      from = offset;
      content.reset();
    }

    @Override
    public void content(byte[] bytes, int from, int to) {
      content.write(bytes, from, to - from);
    }

    @Override
    public void end(long offset) {
      assertThat(content.size()).isEqualTo((int) (offset - from));
      parts.add(part + " " + from + " " + content.toString(UTF_8));
    }
  }

  private static Heard scan(String boundary, byte[] form, int... cuts) {
    Recorder recorder = new Recorder();
    FormScanner scanner = new FormScanner(boundary.getBytes(UTF_8), BOUNDS, recorder);
    int from = 0;
    for (int cut : cuts) {
      byte[] lent = Arrays.copyOfRange(form, from, cut);
      scanner.scan(lent, 0, lent.length);
      Arrays.fill(lent, (byte) '!'); // whatever is held must be held elsewhere
      from = cut;
    }
    scanner.scan(form, from, form.length);
    return new Heard(recorder.parts, scanner.end());
  }

  private static Heard scanAtEveryCut(String boundary, byte[] form) {
    Heard whole = scan(boundary, form);
    for (int cut = 1; cut < form.length; cut++) {
      assertThat(scan(boundary, form, cut)).as("cut at %d", cut).isEqualTo(whole);
    }
    int[] all = IntStream.rangeClosed(1, form.length).toArray();
    assertThat(scan(boundary, form, all)).as("byte by byte").isEqualTo(whole);
    return whole;
  }

  private static byte[] form(String text) {
    return text.replace("|", "\r\n").getBytes(UTF_8);
  }

  @Test
  void scan_aForm_findsItsPartsAndWhereTheyLie() {
    FormBody form =
        new FormBody("b")
            .field("model", "whisper-1")
            .file(
                "file",
                "a.wav",
                "audio/wav",
                "RIFF\r\n-\r\n--\r\n-b--bb".replace("--bb", "").getBytes(UTF_8))
            .field("empty", "");
    String text = new String(form.bytes(), UTF_8);

    Heard heard = scanAtEveryCut("b", text.getBytes(UTF_8));

    assertThat(heard.fault()).isNull();
    assertThat(heard.parts())
        .containsExactly(
            "FormPart[name=model, isFile=false, contentType=] %d whisper-1"
                .formatted(text.indexOf("whisper-1")),
            "FormPart[name=file, isFile=true, contentType=audio/wav] %d RIFF\r\n-\r\n--\r\n-b"
                .formatted(text.indexOf("RIFF")),
            "FormPart[name=empty, isFile=false, contentType=] %d "
                .formatted(text.lastIndexOf("\r\n--b--")));
  }

  /** Boundaries that begin like themselves, in content that is full of their beginnings. */
  @ParameterizedTest
  @CsvSource({"-", "--", "----", "-a-", "aa", "ab", "a-a", "'x y'"})
  void scan_contentThatIsLikeABoundary_isContent(String boundary) {
    long seed = 20261126;
    Random random = new Random(seed);
    String alphabet = "\r\n-" + boundary;
    for (int round = 0; round < 200; round++) {
      StringBuilder content = new StringBuilder();
      for (int i = 0; i < 40; i++) {
        content.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      boolean holdsBoundary =
          (content + "\r\n--" + boundary).indexOf("--" + boundary) < content.length();
      byte[] form = new FormBody(boundary).field("a", content.toString()).bytes();

      Heard heard = scan(boundary, form, 60, 75, 90);

      assertThat(heard).as("seed %d", seed).isEqualTo(scan(boundary, form));
      if (holdsBoundary) {
        assertThat(heard.fault()).as("%s in %s", boundary, content).isNotNull();
      } else {
        assertThat(heard.fault()).as("%s in %s", boundary, content).isNull();
        assertThat(heard.parts().getFirst()).endsWith(content);
      }
    }
  }

  @Test
  void scan_aLargeFileInRandomPieces_losesNoByte() {
    long seed = 7;
    Random random = new Random(seed);
    byte[] noise = SoundFiles.noise(300_000);
    byte[] form =
        FormBody.usual().file("file", "x", "audio/wav", noise).field("model", "m").bytes();
    String boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
    Heard whole = scan(boundary, form);
    for (int round = 0; round < 20; round++) {
      int[] cuts = random.ints(40, 0, form.length).sorted().toArray();
      assertThat(scan(boundary, form, cuts)).as("seed %d", seed).isEqualTo(whole);
    }
    assertThat(whole.parts()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        // a line that any reader understands
        "Content-Disposition: form-data; name=\"a\" > FormPart[name=a, isFile=false, contentType=]",
        "content-disposition:form-data;name=a > FormPart[name=a, isFile=false, contentType=]",
        "Content-Disposition: FORM-DATA ; name=\"a\" ; filename=\"b;c=d.wav\" >"
            + " FormPart[name=a, isFile=true, contentType=]",
        "Content-Disposition: form-data; name=\"a\"; filename=\"\" >"
            + " FormPart[name=a, isFile=true, contentType=]",
        "Content-Disposition: form-data; name=\"f[]\"; filename=\"C:\\\\x.wav\" >"
            + " FormPart[name=f[], isFile=true, contentType=]",
        "Content-Disposition: form-data; name=a; filename=x; filename*=utf-8''%C3%BC >"
            + " FormPart[name=a, isFile=true, contentType=]",
        "Content-Disposition: form-data; name=\"a\"|Content-Type: Text/Plain; charset=UTF-8 >"
            + " FormPart[name=a, isFile=false, contentType=text/plain; charset=utf-8]",
        "Content-Disposition: form-data; name=\"a\"|Content-Transfer-Encoding: binary|X-Y: z >"
            + " FormPart[name=a, isFile=false, contentType=]",
        "Content-Disposition: form-data; name=\"a\"; filename=\"grün.wav\" >"
            + " FormPart[name=a, isFile=true, contentType=]",
      })
  void scan_aHead_isRead(String head, String expected) {
    Heard heard = scanAtEveryCut("b", form("--b|" + head + "||x|--b--|"));

    assertThat(heard.fault()).isNull();
    assertThat(heard.parts().getFirst()).startsWith(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "no Content-Disposition > X: y",
        "no Content-Disposition > ``",
        "malformed Content-Disposition > Content-Disposition: attachment; name=\"a\"",
        "malformed Content-Disposition > Content-Disposition: form-data; name=\"a\"; name=\"b\"",
        "malformed Content-Disposition > Content-Disposition: form-data; name=\"a",
        "malformed Content-Disposition > Content-Disposition: form-data; name=\"a\"x",
        "malformed Content-Disposition > Content-Disposition: form-data; name",
        "malformed Content-Disposition > Content-Disposition: form-data; name=\"a\";",
        "malformed Content-Disposition > Content-Disposition: form-data; filename=\"x\\\";"
            + " name=\"model\"",
        "no name > Content-Disposition: form-data",
        "no name > Content-Disposition: form-data; name=\"\"",
        "no name > Content-Disposition: form-data; name=\"mod%65l\"",
        "no name > Content-Disposition: form-data; name=\"mo\\del\"",
        "no name > Content-Disposition: form-data; name=\" model\"",
        "no name > Content-Disposition: form-data; name=\"modèl\"",
        "no name > Content-Disposition: form-data; name=\"a\"; name*=utf-8''model",
        "two Content-Dispositions >"
            + " Content-Disposition: form-data; name=a|Content-Disposition: form-data; name=b",
        "two Content-Types > Content-Disposition: form-data; name=a|Content-Type: x|content-type:"
            + " y",
        "a form itself > Content-Disposition: form-data; name=a|Content-Type: multipart/mixed",
        "Content-Transfer-Encoding > Content-Disposition: form-data;"
            + " name=a|Content-Transfer-Encoding: base64",
        "malformed header > X-Long: a| b|Content-Disposition: form-data; name=a",
        "malformed header > Content-Disposition : form-data; name=a",
        "malformed header > no colon|Content-Disposition: form-data; name=a",
        "boundary stands in the head > Content-Disposition: form-data; name=a; filename=\"--b\"",
      })
  void scan_aHeadThatReadersMayReadDifferently_isRefused(String fault, String head) {
    Heard heard = scanAtEveryCut("b", form("--b|" + head + "||x|--b--|"));

    assertThat(heard.fault()).contains(fault);
    assertThat(heard.parts()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "ends before its closing boundary > ``",
        "ends before its closing boundary > --b",
        "ends before its closing boundary > --b|",
        "ends before its closing boundary > --b|Content-Disposition: form-data; name=a||x",
        "ends before its closing boundary > --b|Content-Disposition: form-data; name=a||x|--b",
        "ends before its closing boundary > --b|Content-Disposition: form-data; name=a||x|--b-",
        "does not begin with its boundary > x|--b--|",
        "does not begin with its boundary > {\"model\":\"m\"}",
        "does not begin with its boundary > |||--b--|",
        "followed by something > --bc|",
        "followed by something > --b --",
        "followed by something > --b-x",
        "where no line begins > --b|Content-Disposition: form-data; name=a||x--b--|",
        "where no line begins > --b|Content-Disposition: form-data; name=a||--b--|",
        "followed by something > --b|Content-Disposition: form-data; name=a||x|--bb--|",
        "goes on after > --b--|x",
        "goes on after > --b--|--b|",
      })
  void scan_aFormThatReadersMayReadDifferently_isRefused(String fault, String form) {
    assertThat(scanAtEveryCut("b", form(form)).fault()).contains(fault);
  }

  @Test
  void scan_linesThatEndInLfAlone_areRefused() {
    String head = "--b\r\nContent-Disposition: form-data; name=a\n\nx\r\n--b--\r\n";
    String boundary = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\n--b--\r\n";

    assertThat(scanAtEveryCut("b", head.getBytes(UTF_8)).fault()).contains("CRLF");
    assertThat(scanAtEveryCut("b", boundary.getBytes(UTF_8)).fault()).contains("no line begins");
  }

  @ParameterizedTest
  @CsvSource({"--b--", "'|--b--'", "'--b--|'", "'--b--| |'"})
  void scan_aFormWithoutParts_isOne(String form) {
    assertThat(scanAtEveryCut("b", form(form))).isEqualTo(new Heard(List.of(), null));
  }

  @Test
  void scan_beyondItsBounds_isRefused() {
    FormBody many = new FormBody("b");
    for (int i = 0; i <= BOUNDS.partsMax(); i++) {
      many.field("a", "b");
    }
    byte[] long1 = new FormBody("b").field("a".repeat(BOUNDS.headBytesMax()), "x").bytes();

    assertThat(scan("b", many.bytes()).fault()).contains("more than 20 parts");
    assertThat(scan("b", long1).fault()).contains("more than 200 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "multipart/form-data; boundary=abc > abc",
        "Multipart/Form-Data;charset=utf-8;Boundary=abc ; x=y > abc",
        "multipart/form-data; boundary=\"a b:c\" > a b:c",
        "multipart/form-data; boundary=----=_Part_1 > ----=_Part_1",
        "multipart/form-data > ``",
        "multipart/form-data; boundary= > ``",
        "multipart/form-data; boundary=\"\" > ``",
        "multipart/form-data; boundary=\"abc > ``",
        "multipart/form-data; boundary=\"abc \" > ``",
        "multipart/form-data; boundary=a; boundary=b > ``",
        "multipart/form-data; boundary=a%b > ``",
        "multipart/form-data;"
            + " boundary=0123456789012345678901234567890123456789012345678901234567890123456789x >"
            + " ``",
      })
  void boundary_ofAContentType_isTheOneOrNone(String contentType, String expected) {
    byte[] boundary = FormBoundary.of(contentType);

    assertThat(FormBoundary.isForm(contentType)).isTrue();
    assertThat(boundary == null ? "" : new String(boundary, UTF_8)).isEqualTo(expected);
  }

  @Test
  void isForm_ofAnotherContentType_isFalse() {
    assertThat(FormBoundary.isForm("application/json; x=multipart/form-data")).isFalse();
    assertThat(FormBoundary.isForm("")).isFalse();
    assertThat(FormBoundary.isForm("multipart/mixed; boundary=a")).isFalse();
    assertThat(Objects.requireNonNull(FormBoundary.of("multipart/form-data; boundary=a")))
        .hasSize(1);
  }
}
