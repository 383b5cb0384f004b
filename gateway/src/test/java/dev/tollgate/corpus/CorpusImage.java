package dev.tollgate.corpus;

import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image of the corpus. Its size stands in its name, as the program that made the file wrote it
 * there; of the large ones only the beginning is kept, and noise stands for the rest.
 *
 * @param base64 of the whole
 */
record CorpusImage(String name, String mediaType, int width, int height, String base64) {
  private static final Pattern NAME = Pattern.compile(".*-([0-9]+)x([0-9]+)\\.([a-z]+)");
  private static final int NOISE_BYTES_MAX = 60_000;

  static List<CorpusImage> all() {
    return CorpusFiles.folder("images").stream().map(CorpusImage::of).toList();
  }

  private static CorpusImage of(Path file) {
    String name = file.getFileName().toString();
    Matcher parts = size(name);
    Random random = new Random(name.hashCode());
    byte[] head = CorpusFiles.bytes(file);
    byte[] whole = new byte[head.length + random.nextInt(NOISE_BYTES_MAX)];
    random.nextBytes(whole);
    System.arraycopy(head, 0, whole, 0, head.length);
    return new CorpusImage(
        name,
        "image/" + parts.group(3).replace("jpg", "jpeg"),
        Integer.parseInt(parts.group(1)),
        Integer.parseInt(parts.group(2)),
        Base64.getEncoder().encodeToString(whole));
  }

  /** The parts of a name or a URL that ends with a size. */
  static Matcher size(String name) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new IllegalArgumentException("no size in " + name);
    }
    return parts;
  }

  String dataUrl() {
    return "data:" + mediaType + ";base64," + base64;
  }

  /** Whether its head says how large it is, to those who know the usual formats. */
  boolean tellsItsSize() {
    return !mediaType.equals("image/bmp");
  }
}
